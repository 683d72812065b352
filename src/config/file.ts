import { readFile } from "node:fs/promises";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";
import { otherThanFile } from "../files/index.js";
import { nearest } from "./nearest.js";
import type { SettingKey } from "./schema.js";
import { settingNamed, settingNames } from "./schema.js";

/** Values out of a configuration file, not yet checked against ranges; `preset` stands apart. */
export interface ConfigFile {
  readonly path: string;
  readonly preset: string | undefined;
  readonly values: Map<SettingKey, unknown>;
}

/** The schema name of a run's own config.json, which is a configuration file, too. */
export const CONFIG_SCHEMA = "sslmem/config@1";

/**
 * Reads a configuration file, YAML or JSON (which is YAML): flag names as keys. The config.json of a run can be given, too.
 * Throws SslMemError USAGE: no such file, not YAML, not a mapping, an unknown key (with the nearest one), the same setting twice.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    const other = await otherThanFile(path);
    if (other !== null) throw Object.assign(new Error(), { other });
    text = await readFile(path, "utf8");
  } catch (cause) {
    const { other, code } = cause as NodeJS.ErrnoException & { other?: string };
    if (other === undefined && code !== "ENOENT" && systemFaultOf(cause) !== null) throw asUserError(cause);
    const why = other === undefined ? "there is no such file" : `it is ${other}`;
    throw new SslMemError(
      "USAGE",
      `Expected a YAML or JSON file for --config but cannot read ${path}: ${why}.`,
      undefined,
      {
        cause,
      },
    );
  }
  const { parse } = await import("yaml");
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    const reason = String((cause as Error).message).split("\n")[0];
    throw new SslMemError(
      "USAGE",
      `Expected YAML or JSON in ${path} but it does not parse: ${reason}`,
      undefined,
      { cause },
    );
  }
  if (content === null || content === undefined) content = {};
  if (typeof content !== "object" || Array.isArray(content)) {
    throw new SslMemError(
      "USAGE",
      `Expected settings such as "epochs: 60" in ${path} but received ${Array.isArray(content) ? "a list" : typeof content}.`,
    );
  }
  return collect(path, unwrapRunConfig(content as Record<string, unknown>));
}

/** config.json of a run holds {value, from} per setting; a file that people write holds bare values. */
function unwrapRunConfig(content: Record<string, unknown>): Record<string, unknown> {
  if (content.schema !== CONFIG_SCHEMA) return content;
  const settings = content.settings as Record<string, { value: unknown }>;
  const bare: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(settings)) bare[name] = entry.value;
  if (typeof content.preset === "string") bare.preset = content.preset;
  return bare;
}

function collect(path: string, content: Record<string, unknown>): ConfigFile {
  const values = new Map<SettingKey, unknown>();
  let preset: string | undefined;
  for (const [name, value] of Object.entries(content)) {
    if (name === "preset") {
      preset = String(value);
      continue;
    }
    const key = settingNamed(name);
    if (key === undefined) throw unknownKey(path, name);
    if (values.has(key))
      throw new SslMemError("USAGE", `Expected "${name}" once in ${path} but it is there under two names.`);
    values.set(key, value);
  }
  return { path, preset, values };
}

function unknownKey(path: string, name: string): SslMemError {
  const guess = nearest(
    name.replace(/_/g, "-").replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`),
    [...settingNames(), "preset"],
  );
  return new SslMemError(
    "USAGE",
    `Expected the name of a setting in ${path} but received "${name}".`,
    guess === undefined ? "sslmem audit --help lists the settings" : `"${guess}" in its place`,
  );
}

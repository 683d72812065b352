import { readFile } from "node:fs/promises";
import { z } from "zod";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";
import { otherThanFile } from "../files/index.js";
import { foreign } from "../text/foreign.js";
import type { SettingKey } from "./all-settings.js";
import { settingNamed, settingNames } from "./all-settings.js";
import { nearest } from "./nearest-name.js";

/** Values out of a configuration file, not yet checked against ranges; `preset` stands apart. */
export interface ConfigFile {
  readonly path: string;
  readonly preset: string | undefined;
  readonly values: Map<SettingKey, unknown>;
  /** Of a run's config.json: those that nobody chose. They hold for the file's own method and recipe only. */
  readonly defaults?: ReadonlySet<SettingKey>;
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
  const { parseDocument } = await import("yaml");
  let content: unknown;
  try {
    const document = parseDocument(text, { stringKeys: true });
    // A warning is about a value that would be taken for another.
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault !== undefined) throw fault;
    content = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const reason = String((cause as Error).message)
      .split("\n")[0]
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the reason may quote the file
      ?.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ")
      .replace(/[:.]?\s*$/, ".");
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
  const file = collect(path, unwrapRunConfig(path, content as Record<string, unknown>));
  return { ...file, defaults: defaultsOf(path, content as Record<string, unknown>) };
}

function defaultsOf(path: string, content: Record<string, unknown>): ReadonlySet<SettingKey> {
  if (content.schema !== CONFIG_SCHEMA) return new Set();
  const keys = [...runSettings(path, content)].flatMap(([name, { from }]) =>
    from === "default" || from.startsWith("method:") ? [settingNamed(name)] : [],
  );
  return new Set(keys.filter((key) => key !== undefined));
}

/** config.json of a run holds {value, from} per setting; a file that people write holds bare values. */
function unwrapRunConfig(path: string, content: Record<string, unknown>): Record<string, unknown> {
  if (content.schema !== CONFIG_SCHEMA) return content;
  const bare = Object.fromEntries([...runSettings(path, content)].map(([name, { value }]) => [name, value]));
  if (typeof content.preset === "string") bare.preset = content.preset;
  return bare;
}

/** The settings of a run's config.json by name. Throws SslMemError DATA when they are not {value, from} each. */
export function runSettings(
  path: string,
  content: Record<string, unknown>,
): Map<string, { value: unknown; from: string }> {
  const settings = runSettingsSchema.safeParse(content.settings);
  if (settings.success) return new Map(Object.entries(settings.data));
  const place = ["settings", ...(settings.error.issues[0]?.path ?? [])].join(".");
  throw new SslMemError(
    "DATA",
    `Expected {value, from} for every setting in ${path} but ${place} is something else.`,
    "--run with another folder begins anew",
  );
}

// JSON has no undefined: a value that is not there is one whose name was damaged.
const runSettingsSchema = z.record(
  z.string(),
  z.looseObject({ value: z.unknown().refine((value) => value !== undefined), from: z.string() }),
);

function collect(path: string, content: Record<string, unknown>): ConfigFile {
  const values = new Map<SettingKey, unknown>();
  let preset: string | undefined;
  for (const [name, value] of Object.entries(content)) {
    if (name === "preset") {
      if (typeof value !== "string") {
        throw new SslMemError(
          "USAGE",
          `Expected the name of a preset for preset in ${path} but received ${foreign(JSON.stringify(value))}.`,
          "sslmem list presets",
        );
      }
      preset = value;
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
    `Expected the name of a setting in ${path} but received "${foreign(name)}".`,
    guess === undefined ? "sslmem audit --help lists the settings" : `"${guess}" in its place`,
  );
}

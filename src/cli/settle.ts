import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SettingKey, Settings } from "../config/all-settings.js";
import { type ConfigFile, readConfigFile } from "../config/file.js";
import { machineSettingsFrom } from "../config/machine-environment.js";
import { DEFAULT_PRESET, getPreset } from "../config/presets/index.js";
import { type Resolved, resolveSettings } from "../config/resolve.js";
import { readIdList } from "../data/id-list.js";
import { SslMemError } from "../errors.js";
import { defaultRunDirectory } from "../run/default-directory.js";
import { runPaths } from "../run/paths.js";
import { readRecord } from "../run/record.js";
import { checkSettings } from "../steps/settings-for.js";
import { shellQuoted } from "../text/shell-quoted.js";
import { type Call, textFlag } from "./verb.js";

/** The settings of a call, checked, and the run directory they are for. */
export interface Settled {
  readonly resolved: Resolved;
  readonly root: string;
}

/**
 * Settles what a verb that works on a run is to do: flags, file, environment, preset and what the run says itself.
 * @param fixed settings that the verb has one value for, whatever the run says
 * Throws SslMemError USAGE for anything that is out of range, unknown, contradictory or missing.
 */
export async function settleRun(call: Call, fixed: Partial<Settings> = {}): Promise<Settled> {
  const file = await configFile(call);
  const flags = flagsWithData(call);
  const preset = textFlag(call, "preset");
  const root = resolve(textFlag(call, "run") ?? defaultRoot(flags, file, preset, call.command));
  const recorded = existsSync(join(root, "config.json")) ? await readRecord(join(root, "config.json")) : null;
  const resolved = resolveSettings({
    flags,
    file,
    environment: machineSettingsFrom(call.env),
    preset,
    recorded: recorded ?? undefined,
  });
  if (resolved.settings.data === null)
    throw textFlag(call, "run") === undefined ? noData(call.command) : noRun(root);
  if (resolved.settings.views < 2) {
    throw new SslMemError(
      "USAGE",
      `Expected at least 2 for --views, since a score compares views, but received ${resolved.settings.views}.`,
      "--views 10",
    );
  }
  Object.assign(resolved.settings, fixed);
  const checked = await checkSettings(resolved);
  // Before anything is listed; a run that is divided already needs the list no more.
  const { exclude } = checked.settings;
  if (exclude !== null && !existsSync(runPaths(root).split)) await readIdList(exclude);
  return { resolved: checked, root };
}

/** Settings of the data for verbs that settleAlone is for: they keep no decoded images. */
export const DATA_SETTINGS = [
  "data",
  "sourceKind",
  "sampleImage",
  "orientation",
  "cacheSide",
  "strict",
] as const satisfies readonly SettingKey[];

/**
 * The same for verbs that write into no run directory: embed, views, probe.
 *
 * @param root a run whose settings fill what is not given, or null; how its images are stored says nothing of others
 */
export async function settleAlone(call: Call, root: string | null = null): Promise<Resolved> {
  const flags = flagsWithData(call);
  const recorded = root === null ? null : await recordOf(root);
  if (recorded !== null && flags.has("data") && flags.get("data") !== recorded.settings.get("data")?.value)
    recorded.settings.delete("sourceKind");
  const resolved = resolveSettings({
    flags,
    file: await configFile(call),
    environment: machineSettingsFrom(call.env),
    preset: textFlag(call, "preset"),
    recorded: recorded ?? undefined,
  });
  if (resolved.settings.data === null) throw noData(call.command);
  return checkSettings(resolved);
}

async function recordOf(root: string) {
  const record = await readRecord(join(root, "config.json"));
  if (record !== null) return { preset: record.preset, settings: new Map(record.settings) };
  throw noRun(root);
}

const noRun = (root: string) =>
  new SslMemError(
    "DATA",
    `Expected a run directory with config.json but there is none at ${root}.`,
    `the path of a run; or sslmem audit ./my-images --run ${shellQuoted(root)}, which begins one`,
  );

async function configFile(call: Call): Promise<ConfigFile | undefined> {
  const path = textFlag(call, "config");
  return path === undefined ? undefined : readConfigFile(path);
}

/** The data can stand by themselves or after --data; twice is a slip. */
function flagsWithData(call: Call): Map<SettingKey, string | boolean> {
  const flags = new Map(call.flags);
  if (call.positional.length > 1) {
    throw new SslMemError(
      "USAGE",
      `Expected one path to the images but received ${call.positional.length}: ${call.positional.join(", ")}.`,
      "one folder above both, or quotes around a path with blanks",
    );
  }
  const [path] = call.positional;
  if (path === undefined) return flags;
  const flag = flags.get("data");
  if (flag !== undefined && flag !== path) {
    throw new SslMemError(
      "USAGE",
      `Expected one path to the images but received ${path} and --data ${flag}.`,
    );
  }
  flags.set("data", path);
  return flags;
}

function defaultRoot(
  flags: ReadonlyMap<SettingKey, string | boolean>,
  file: ConfigFile | undefined,
  preset: string | undefined,
  command: string,
): string {
  const name = preset ?? file?.preset ?? DEFAULT_PRESET;
  const data = flags.get("data") ?? file?.values.get("data") ?? getPreset(name).settings.data;
  if (typeof data !== "string") throw noData(command);
  return defaultRunDirectory(data, name);
}

function noData(command: string): SslMemError {
  const verb = command.split(" ")[1] ?? "audit";
  return new SslMemError(
    "USAGE",
    "Expected a path to the images, or --run with a run that has them, but received neither.",
    `sslmem ${verb} ./my-images, or sslmem audit --preset demo`,
  );
}

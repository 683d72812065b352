import { SslMemError } from "../errors.js";
import { foreign } from "../foreign.js";
import { METHODS } from "../methods/registry.js";
import type { Method } from "../methods/types.js";
import { kebab } from "../settings/setting.js";
import type { ConfigFile } from "./file.js";
import { DEFAULT_PRESET, getPreset } from "./presets/index.js";
import { isRead, readersOf } from "./readers.js";
import { definitionOf, SETTING_KEYS, type SettingKey, type Settings } from "./schema.js";

/** Where each value came from: "flag", "option" (of a program), "file:<path>", "environment:<variable>", "preset:<name>", "method:<name>" or "default". */
export type Provenance = Record<SettingKey, string>;

export interface Resolved {
  readonly settings: Settings;
  readonly from: Provenance;
  /** The preset in force. */
  readonly preset: string;
}

/** What earlier commands wrote into the run's config.json. */
export type RecordedSettings = ReadonlyMap<SettingKey, { value: unknown; from: string }>;

/** The places that settings come from; the nearer to the top, the stronger. */
export interface Layers {
  /** Flags, as their text (true or false for switches). */
  readonly flags: ReadonlyMap<SettingKey, string | boolean>;
  /** Values that a program gives, of the settings' own types. */
  readonly options?: ReadonlyMap<SettingKey, unknown> | undefined;
  readonly file?: ConfigFile | undefined;
  /** Machine facts out of the environment: the device, nothing that changes a number. */
  readonly environment?: ReadonlyMap<SettingKey, { value: unknown; variable: string }> | undefined;
  /** --preset, if it was given. */
  readonly preset?: string | undefined;
  /** What the run directory says already; stands above the default preset, below one that is named. Settings without a step do not count. */
  readonly recorded?: { readonly preset: string; readonly settings: RecordedSettings } | undefined;
}

/** These say which defaults hold for the others. */
const FIRST = ["method", "recipe"] as const;

/**
 * Settles every setting: flag > configuration file > environment (machine facts) > preset named now > the run's own
 * config.json (not for settings that change no file, such as workers) > default preset > the method's defaults > default.
 * Throws SslMemError USAGE for a value out of its range, saying which flag or file, and for one that the chosen method or
 * optimiser does not read.
 */
export function resolveSettings(layers: Layers): Resolved {
  const named = layers.preset ?? layers.file?.preset;
  const preset = getPreset(named ?? layers.recorded?.preset ?? DEFAULT_PRESET);
  const settings: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  const settle = (key: SettingKey, defaults: Partial<Record<SettingKey, unknown>>, name: string) => {
    const [value, origin, isRecorded] = lookUp(key, defaults, name);
    settings[key] = check(key, value, isRecorded ? RECORDED : origin);
    from[key] = origin;
  };
  for (const key of FIRST) settle(key, {}, "");
  const { method, recipe } = settings as Pick<Settings, (typeof FIRST)[number]>;
  // A method that there is not is refused with all other names, by registries.ts.
  const chosen = METHODS.find(({ name }) => name === method) as Method | undefined;
  const own = { ...chosen?.defaults, ...chosen?.recipes?.[recipe] };
  for (const key of SETTING_KEYS) settle(key, own, method);
  const resolved = { settings: settings as Settings, from: from as Provenance, preset: preset.name };
  for (const key of SETTING_KEYS) refuseUnread(key, resolved);
  return resolved;

  function lookUp(
    key: SettingKey,
    own: Partial<Record<SettingKey, unknown>>,
    method: string,
  ): [unknown, string, true?] {
    const flag = layers.flags.get(key);
    if (flag !== undefined) {
      return [typeof flag === "string" ? definitionOf(key).kind.fromText(flag) : flag, "flag"];
    }
    if (layers.options?.has(key)) return [layers.options.get(key), "option"];
    if (layers.file?.values.has(key)) return [layers.file.values.get(key), `file:${layers.file.path}`];
    const machine = layers.environment?.get(key);
    if (machine !== undefined) return [machine.value, `environment:${machine.variable}`];
    const fromPreset = preset.settings[key];
    if (named !== undefined && fromPreset !== undefined) return [fromPreset, `preset:${preset.name}`];
    // What changes no file says how one command worked, not what the run is: the next may be on another machine.
    const recorded = definitionOf(key).step === null ? undefined : layers.recorded?.settings.get(key);
    // Another method's defaults are none of this one's.
    const isOthers = recorded?.from.startsWith("method:") && recorded.from !== `method:${method}`;
    if (recorded !== undefined && !isOthers) return [recorded.value, recorded.from, true];
    if (fromPreset !== undefined) return [fromPreset, `preset:${preset.name}`];
    if (own[key] !== undefined) return [own[key], `method:${method}`];
    return [definitionOf(key).default, "default"];
  }
}

/** Refuses a setting that somebody gave for nothing: a typing error, or a flag of another method. */
function refuseUnread(key: SettingKey, { settings, from }: Resolved): void {
  const isGiven = from[key] === "flag" || from[key] === "option" || from[key].startsWith("file:");
  const readers = readersOf(key);
  if (!isGiven || readers === null || isRead(key, settings)) return;
  const { chosenBy, names } = readers;
  const flag = `--${kebab(key)}`;
  throw new SslMemError(
    "USAGE",
    `Expected settings that --${chosenBy} ${settings[chosenBy]} reads but received ${nameOf(key, from[key])}, which only ${names.join(", ")} ${names.length === 1 ? "reads" : "read"}.`,
    `--${chosenBy} ${names[0]}, or no ${flag}`,
  );
}

/** Where a value stands that earlier commands wrote down, wherever they had it from. */
const RECORDED = "file:the run's config.json";

function check(key: SettingKey, value: unknown, origin: string): unknown {
  const { kind } = definitionOf(key);
  const outcome = kind.schema.safeParse(value);
  if (outcome.success) return outcome.data;
  throw new SslMemError(
    "USAGE",
    `Expected ${kind.expected} for ${nameOf(key, origin)} but received ${foreign(String(JSON.stringify(value)))}.`,
  );
}

/** A setting where its value was found. */
function nameOf(key: SettingKey, origin: string): string {
  if (origin === "flag") return `--${kebab(key)}`;
  if (origin.startsWith("file:")) return `${kebab(key)} in ${origin.slice(5)}`;
  return origin.startsWith("environment:") ? origin.slice(12) : `${kebab(key)} (${origin})`;
}

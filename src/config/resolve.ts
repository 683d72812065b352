import { SslMemError } from "../errors.js";
import { METHODS } from "../methods/registry.js";
import type { Method } from "../methods/types.js";
import { kebab } from "../settings/setting.js";
import { foreign } from "../text/foreign.js";
import { definitionOf, SETTING_KEYS, type SettingKey, type Settings } from "./all-settings.js";
import type { ConfigFile } from "./file.js";
import { DEFAULT_PRESET, getPreset, getPresetOrNull } from "./presets/index.js";
import { isRead, readersOf } from "./readers.js";

/** Where each value came from: "flag", "option" (of a program), "file:<path>", "environment:<variable>", "preset:<name>", "method:<name>" or "default". */
export type Provenance = Record<SettingKey, string>;

/** A value for every setting, and where each has it from. */
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

/**
 * Settles every setting: flag > configuration file > environment (machine facts) > preset named now > the run's own
 * config.json (not for settings that change no file, such as workers) > default preset > the method's defaults > default.
 * Of the run's record, defaults count only as long as its method and recipe are those of now, and what the chosen method or
 * optimiser does not read counts for nothing. Throws SslMemError USAGE for a value out of its range, saying which flag or
 * file, and for one given now that the chosen method or optimiser does not read.
 */
export function resolveSettings(layers: Layers): Resolved {
  const named = layers.preset ?? layers.file?.preset;
  const preset = getPreset(named ?? layers.recorded?.preset ?? DEFAULT_PRESET);
  const settings: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  const given = new Set<SettingKey>();
  const settle = (key: SettingKey, defaults: MethodDefaults) => {
    const { value, origin, isRecorded = false } = lookUp(key, defaults);
    settings[key] = check(key, value, isRecorded ? RECORDED : origin);
    from[key] = origin;
    if (!isRecorded && /^(flag|option|file:)/.test(origin)) given.add(key);
  };
  // These say which defaults hold for the others, and who reads them.
  settle("method", NO_DEFAULTS);
  settle("recipe", NO_DEFAULTS);
  const { method, recipe } = settings as Pick<Settings, "method" | "recipe">;
  // A method that there is not is refused with all other names, by registries.ts.
  const chosen = METHODS.find(({ name }) => name === method) as Method | undefined;
  const defaults = {
    name: method,
    values: { ...chosen?.defaults, ...chosen?.recipes?.[recipe] },
    keepsRecorded:
      layers.recorded?.settings.get("method")?.value === method &&
      (layers.recorded.settings.get("recipe")?.value ?? recipe) === recipe,
    keepsFile:
      (layers.file?.values.get("method") ?? method) === method &&
      (layers.file?.values.get("recipe") ?? recipe) === recipe,
  };
  settle("optimizer", defaults);
  for (const key of SETTING_KEYS) settle(key, defaults);
  const resolved = { settings: settings as Settings, from: from as Provenance, preset: preset.name };
  for (const key of given) refuseUnread(key, resolved);
  return resolved;

  function lookUp(
    key: SettingKey,
    own: MethodDefaults,
  ): { value: unknown; origin: string; isRecorded?: true } {
    const flag = layers.flags.get(key);
    if (flag !== undefined) {
      return {
        value: typeof flag === "string" ? definitionOf(key).kind.fromText(flag) : flag,
        origin: "flag",
      };
    }
    if (layers.options?.has(key)) return { value: layers.options.get(key), origin: "option" };
    const { file } = layers;
    const isOwn = !file?.defaults?.has(key) || key === "method" || key === "recipe" || own.keepsFile;
    if (file?.values.has(key) && isOwn) return { value: file.values.get(key), origin: `file:${file.path}` };
    const machine = layers.environment?.get(key);
    if (machine !== undefined) return { value: machine.value, origin: `environment:${machine.variable}` };
    const value = preset.settings[key];
    const fromPreset = value === undefined ? undefined : { value, origin: `preset:${preset.name}` };
    if (named !== undefined && fromPreset !== undefined) return fromPreset;
    const recorded = recordedValue(key, own);
    if (recorded !== undefined) return { value: recorded.value, origin: recorded.from, isRecorded: true };
    if (fromPreset !== undefined) return fromPreset;
    if (own.values[key] !== undefined) return { value: own.values[key], origin: `method:${own.name}` };
    return { value: definitionOf(key).default, origin: "default" };
  }

  function recordedValue(key: SettingKey, own: MethodDefaults) {
    const recorded = layers.recorded?.settings.get(key);
    if (recorded === undefined) return undefined;
    // What changes no file says how one command worked, not what the run is: the next may be on another machine.
    if (definitionOf(key).step === null && key !== "recipe") return undefined;
    if (key === "method" || key === "recipe") return recorded;
    if (key !== "optimizer" && !isRead(key, settings as Settings)) return undefined;
    const origin = recorded.from.startsWith("preset:") ? getPresetOrNull(recorded.from.slice(7)) : null;
    // Earlier presets said what methods say now.
    const isDefault =
      recorded.from === "default" ||
      recorded.from.startsWith("method:") ||
      (origin !== null && origin.settings[key] === undefined);
    return isDefault && !own.keepsRecorded ? undefined : recorded;
  }
}

/** Defaults of the chosen method, and whether those that a run's record has are still its own. */
interface MethodDefaults {
  readonly name: string;
  readonly values: Partial<Record<SettingKey, unknown>>;
  readonly keepsRecorded: boolean;
  /** The same for a config.json given as --config. */
  readonly keepsFile: boolean;
}
const NO_DEFAULTS: MethodDefaults = { name: "", values: {}, keepsRecorded: false, keepsFile: true };

/** Refuses a setting that somebody gave for nothing: a typing error, or a flag of another method. */
function refuseUnread(key: SettingKey, { settings, from }: Resolved): void {
  const readers = readersOf(key);
  if (readers === null || isRead(key, settings)) return;
  const { chosenBy, names } = readers;
  throw new SslMemError(
    "USAGE",
    `Expected settings that --${chosenBy} ${settings[chosenBy]} reads but received ${nameOf(key, from[key])}, which only ${names.join(", ")} ${names.length === 1 ? "reads" : "read"}.`,
    `--${chosenBy} ${names[0]}, or no ${nameOf(key, from[key])}`,
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

import { SslMemError } from "../errors.js";
import { foreign } from "../foreign.js";
import type { ConfigFile } from "./file.js";
import { DEFAULT_PRESET, getPreset } from "./presets/index.js";
import { definitionOf, SETTING_KEYS, type SettingKey, type Settings } from "./schema.js";
import { kebab } from "./setting.js";

/** Where each value came from: "flag", "option" (of a program), "file:<path>", "environment:<variable>", "preset:<name>" or "default". */
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

/**
 * Settles every setting: flag > configuration file > environment (machine facts) > preset named now > the run's own
 * config.json (not for settings that change no file, such as workers) > default preset > default. Throws SslMemError USAGE for a value out of its range, saying which flag or file.
 */
export function resolveSettings(layers: Layers): Resolved {
  const named = layers.preset ?? layers.file?.preset;
  const preset = getPreset(named ?? layers.recorded?.preset ?? DEFAULT_PRESET);
  const settings: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const key of SETTING_KEYS) {
    const [value, origin, isRecorded] = lookUp(key, layers, named !== undefined);
    settings[key] = check(key, value, isRecorded ? RECORDED : origin);
    from[key] = origin;
  }
  return { settings: settings as Settings, from: from as Provenance, preset: preset.name };

  function lookUp(key: SettingKey, sources: Layers, presetFirst: boolean): [unknown, string, true?] {
    const flag = sources.flags.get(key);
    if (flag !== undefined) {
      return [typeof flag === "string" ? definitionOf(key).kind.fromText(flag) : flag, "flag"];
    }
    if (sources.options?.has(key)) return [sources.options.get(key), "option"];
    if (sources.file?.values.has(key)) return [sources.file.values.get(key), `file:${sources.file.path}`];
    const machine = sources.environment?.get(key);
    if (machine !== undefined) return [machine.value, `environment:${machine.variable}`];
    const fromPreset = preset.settings[key];
    if (presetFirst && fromPreset !== undefined) return [fromPreset, `preset:${preset.name}`];
    // What changes no file says how one command worked, not what the run is: the next may be on another machine.
    const recorded = definitionOf(key).step === null ? undefined : sources.recorded?.settings.get(key);
    if (recorded !== undefined) return [recorded.value, recorded.from, true];
    if (fromPreset !== undefined) return [fromPreset, `preset:${preset.name}`];
    return [definitionOf(key).default, "default"];
  }
}

/** Where a value stands that earlier commands wrote down, wherever they had it from. */
const RECORDED = "file:the run's config.json";

function check(key: SettingKey, value: unknown, origin: string): unknown {
  const { kind } = definitionOf(key);
  const outcome = kind.schema.safeParse(value);
  if (outcome.success) return outcome.data;
  const where =
    origin === "flag"
      ? `--${kebab(key)}`
      : origin.startsWith("file:")
        ? `${kebab(key)} in ${origin.slice(5)}`
        : origin.startsWith("environment:")
          ? origin.slice(12)
          : `${kebab(key)} (${origin})`;
  throw new SslMemError(
    "USAGE",
    `Expected ${kind.expected} for ${where} but received ${foreign(String(JSON.stringify(value)))}.`,
  );
}

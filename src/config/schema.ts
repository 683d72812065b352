import { z } from "zod";
import { kebab, type Setting } from "./setting.js";
import { dataSettings, splitSettings } from "./settings/data.js";
import { machineSettings } from "./settings/machine.js";
import { scoringSettings } from "./settings/scoring.js";
import { modelSettings, trainingSettings } from "./settings/training.js";

/** Every setting there is, in the order in which help and config.json show them. */
export const SETTINGS = {
  ...dataSettings,
  ...splitSettings,
  ...modelSettings,
  ...trainingSettings,
  ...scoringSettings,
  ...machineSettings,
};

export type SettingKey = keyof typeof SETTINGS;
/** Resolved settings: a value for every key, checked. */
export type Settings = {
  [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** The definition of a setting, without its value's type. */
export function definitionOf(key: SettingKey): Setting<unknown> {
  return SETTINGS[key] as Setting<unknown>;
}

const byName = new Map<string, SettingKey>();
for (const key of SETTING_KEYS) {
  byName.set(kebab(key), key);
  const alias = definitionOf(key).alias;
  if (alias !== undefined) byName.set(alias, key);
}

/** The setting with this flag name (`image-size`, or an alias such as `lr`); undefined if there is none. */
export function settingNamed(name: string): SettingKey | undefined {
  return byName.get(name);
}

/** Every flag name that names a setting, aliases included. */
export function settingNames(): string[] {
  return [...byName.keys()];
}

/** The schema of a configuration file: flag names as keys, all optional, nothing else. */
export const configFileSchema = z.strictObject(
  Object.fromEntries(
    SETTING_KEYS.map((key) => [kebab(key), definitionOf(key).kind.schema.optional()]),
  ) as Record<string, z.ZodOptional<z.ZodType<unknown>>>,
);

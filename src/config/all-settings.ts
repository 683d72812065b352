import { METHODS } from "../methods/registry.js";
import { ARCHITECTURES } from "../nn/registry.js";
import { OPTIMIZERS } from "../optimizers/registry.js";
import { CORE_AFTER, CORE_BEFORE } from "../settings/core-settings.js";
import { joinedTables, settingsOf } from "../settings/registry.js";
import { kebab, type Setting, type ValuesOf } from "../settings/setting.js";

/** Every setting there is, in the order in which help and config.json show them: architectures, optimisers and methods declare their own. */
export const SETTINGS = joinedTables([
  CORE_BEFORE,
  settingsOf(ARCHITECTURES),
  settingsOf(OPTIMIZERS),
  settingsOf(METHODS),
  CORE_AFTER,
]);

/** The name of a setting, as programs write it (--image-size is imageSize). */
export type SettingKey = keyof typeof SETTINGS;
/** Resolved settings: a value for every key, checked. */
export type Settings = ValuesOf<typeof SETTINGS>;

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

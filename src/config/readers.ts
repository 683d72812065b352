import { METHODS } from "../methods/registry.js";
import { ARCHITECTURES } from "../nn/registry.js";
import { OPTIMIZERS } from "../optimizers/registry.js";
import type { SettingKey, Settings } from "./all-settings.js";

const OF = { method: METHODS, optimizer: OPTIMIZERS, arch: ARCHITECTURES } as const;

/** The settings that choose who reads others. */
export type Choices = Pick<Settings, keyof typeof OF>;

/** Which entries of a registry declare a setting, and the setting that chooses among them. */
export interface Readers {
  readonly chosenBy: keyof Choices;
  readonly names: readonly string[];
}

/** Who reads a setting; null for one that every run reads. */
export function readersOf(key: SettingKey): Readers | null {
  for (const chosenBy of ["method", "optimizer", "arch"] as const) {
    const names = OF[chosenBy].filter(({ settings }) => key in settings).map(({ name }) => name);
    if (names.length > 0) return { chosenBy, names };
  }
  return null;
}

/** Whether the chosen method, optimiser and architecture read a setting: those that nobody reads stand in no record. */
export function isRead(key: SettingKey, settings: Choices): boolean {
  const readers = readersOf(key);
  return readers === null || readers.names.includes(settings[readers.chosenBy]);
}

/** Names of readers for people: a family of many by its first ones. */
export function readersInWords(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

import { METHODS } from "../methods/registry.js";
import { OPTIMIZERS } from "../optimizers/registry.js";
import type { SettingKey, Settings } from "./all-settings.js";

/** Which entries of a registry declare a setting, and the setting that chooses among them. */
export interface Readers {
  readonly chosenBy: "method" | "optimizer";
  readonly names: readonly string[];
}

const OF = { method: METHODS, optimizer: OPTIMIZERS } as const;

/** Who reads a setting; null for one that every run reads. */
export function readersOf(key: SettingKey): Readers | null {
  for (const chosenBy of ["method", "optimizer"] as const) {
    const names = OF[chosenBy].filter(({ settings }) => key in settings).map(({ name }) => name);
    if (names.length > 0) return { chosenBy, names };
  }
  return null;
}

/** Whether the chosen method and optimiser read a setting: those that nobody reads stand in no record. */
export function isRead(key: SettingKey, settings: Pick<Settings, "method" | "optimizer">): boolean {
  const readers = readersOf(key);
  return readers === null || readers.names.includes(settings[readers.chosenBy]);
}

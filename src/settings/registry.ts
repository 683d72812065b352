import { SslMemError } from "../errors.js";
import type { SettingTable, ValuesOf } from "./setting.js";

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** The settings of all entries of a registry, as one table. */
export type SettingsOf<R extends readonly { readonly settings: object }[]> = Intersection<
  R[number]["settings"]
>;

/** Several tables as one. A name that two of them have must be one object, so that a flag means the same for both: else
 * throws SslMemError USAGE.
 */
export function joinedTables<const T extends readonly SettingTable[]>(tables: T): Intersection<T[number]> {
  const all: Record<string, SettingTable[string]> = {};
  for (const table of tables)
    for (const [key, setting] of Object.entries(table)) {
      if ((all[key] ?? setting) !== setting)
        throw new SslMemError(
          "USAGE",
          `Expected one declaration of the setting ${key} but there are two that differ.`,
          "one object for both (src/optimizers/momentum.ts is such a one), or another name",
        );
      all[key] = setting;
    }
  return all as Intersection<T[number]>;
}

/** The same as a value, as joinedTables joins them. */
export function settingsOf<R extends readonly { readonly name: string; readonly settings: SettingTable }[]>(
  entries: R,
): SettingsOf<R> {
  return joinedTables(entries.map(({ settings }) => settings)) as SettingsOf<R>;
}

/**
 * The values of a table's settings out of values by name, each checked, with its default where there is none.
 * Throws SslMemError USAGE for one that is out of its range.
 */
export function valuesOf<S extends SettingTable>(
  table: S,
  given: Readonly<Record<string, unknown>>,
): ValuesOf<S> {
  const entries = Object.entries(table).map(([key, { kind, default: standard }]) => {
    const value = given[key] === undefined ? standard : given[key];
    const outcome = kind.schema.safeParse(value);
    if (outcome.success) return [key, outcome.data];
    throw new SslMemError(
      "USAGE",
      `Expected ${kind.expected} for ${key} but received ${JSON.stringify(value)}.`,
    );
  });
  return Object.fromEntries(entries) as ValuesOf<S>;
}

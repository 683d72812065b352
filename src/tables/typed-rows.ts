import { SslMemError } from "../errors.js";
import type { QueryValue } from "./query.js";

/** What a column of a query's result holds; "?" where it may be absent (null). */
interface Kinds {
  number: number;
  "number?": number | null;
  string: string;
  "string?": string | null;
  boolean: boolean;
  "boolean?": boolean | null;
  "number[]": number[];
  "number[]?": number[] | null;
  "string[]": string[];
}
/** The columns that are read of a result, and what each holds. */
export type RowShape = Readonly<Record<string, keyof Kinds>>;
/** A row of a result, column by column. */
export type TypedRow<S extends RowShape> = { [Name in keyof S]: Kinds[S[Name]] };

/**
 * Rows of a query as what they are: each value is looked at once, so that readers need no casts. Columns that the shape does
 * not name are left out. Throws SslMemError INTERNAL, naming the column, for a value that is something else.
 */
export function typedRows<const S extends RowShape>(
  rows: readonly Readonly<Record<string, QueryValue>>[],
  shape: S,
): TypedRow<S>[] {
  const columns = Object.entries(shape);
  return rows.map((row) => {
    const typed: Record<string, unknown> = {};
    for (const [name, kind] of columns) {
      const value = row[name];
      if (!isOf(kind, value))
        throw new SslMemError(
          "INTERNAL",
          `Expected ${kind} in column ${name} of a query's result but received ${JSON.stringify(value)}.`,
        );
      typed[name] = value;
    }
    return typed as TypedRow<S>;
  });
}

function isOf(kind: keyof Kinds, value: QueryValue | undefined): boolean {
  if (value === null) return kind.endsWith("?");
  const type = kind.replace("?", "");
  if (!type.endsWith("[]")) return typeof value === type;
  return Array.isArray(value) && value.every((item) => typeof item === type.slice(0, -2));
}

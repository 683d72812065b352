import { SslMemError } from "../errors.js";

/** What one column holds. i64 values are handed around as JavaScript numbers, exact up to 2^53. */
export type ColumnType =
  | "bool"
  | "u8"
  | "i32"
  | "u32"
  | "i64"
  | "f32"
  | "f64"
  | "string"
  | "list<f32>"
  | "list<f64>";

/** One cell: null where the value is absent. NaN is a value of its own and kept. */
export type Cell = number | string | boolean | ArrayLike<number> | null;

/** A column whose cells are asked for one after the other, so that no second copy of it needs to exist. */
export interface Column {
  readonly type: ColumnType;
  readonly length: number;
  /** The cell of row 0..length-1. */
  at(row: number): Cell;
}

/** What writeParquet takes for a column: a typed array, an array of one kind of value, or a Column. */
export type ColumnInput =
  | Uint8Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | readonly (string | null)[]
  | readonly (number | null)[]
  | readonly (boolean | null)[]
  | Column;

/** A column of the given type over an array in which null marks an absent value. */
export function column(type: ColumnType, values: ArrayLike<Cell>): Column {
  return { type, length: values.length, at: (row) => values[row] ?? null };
}

/** A column whose cells a function computes. */
export function computedColumn(type: ColumnType, length: number, at: (row: number) => Cell): Column {
  return { type, length, at };
}

/** A column of lists that all have `width` numbers: row i is values[i*width .. (i+1)*width). */
export function listColumn(values: Float32Array | Float64Array, width: number): Column {
  if (!Number.isInteger(width) || width < 1 || values.length % width !== 0) {
    throw new SslMemError(
      "INTERNAL",
      `Expected a width that divides ${values.length} values but received ${width}.`,
    );
  }
  return {
    type: values instanceof Float32Array ? "list<f32>" : "list<f64>",
    length: values.length / width,
    at: (row) => values.subarray(row * width, (row + 1) * width),
  };
}

/** The Column behind any accepted input; plain arrays take their type from the first value that is not null. */
export function toColumn(name: string, input: ColumnInput): Column {
  if (input instanceof Uint8Array) return column("u8", input);
  if (input instanceof Int32Array) return column("i32", input);
  if (input instanceof Uint32Array) return column("u32", input);
  if (input instanceof Float32Array) return column("f32", input);
  if (input instanceof Float64Array) return column("f64", input);
  if ("at" in input && "type" in input) return input;
  const values = input as readonly (string | number | boolean | null)[];
  const first = values.find((value) => value !== null);
  switch (typeof first) {
    case "string":
      return column("string", values);
    case "number":
      return column("f64", values);
    case "boolean":
      return column("bool", values);
    default:
      throw new SslMemError(
        "INTERNAL",
        `Expected at least one value in column ${name} to tell its type but received ${values.length} nulls.`,
        "give the type: column(type, values)",
      );
  }
}

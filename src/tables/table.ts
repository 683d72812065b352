import { SslMemError } from "../errors.js";
import { foreign } from "../text/foreign.js";
import type { Cell } from "./columns.js";

/** Columns read from Parquet, held in memory. Each accessor makes a new array of one type. */
export class Table {
  readonly columnNames: readonly string[];
  readonly rows: number;
  readonly #cells: Map<string, readonly Cell[]>;

  constructor(names: readonly string[], cells: readonly (readonly Cell[])[]) {
    this.columnNames = names;
    this.rows = cells[0]?.length ?? 0;
    this.#cells = new Map(names.map((name, index) => [name, cells[index] as readonly Cell[]]));
  }

  /** The cells as they are. Throws SslMemError DATA if there is no such column, as do all accessors. */
  cells(name: string): readonly Cell[] {
    const found = this.#cells.get(name);
    if (found !== undefined) return found;
    throw new SslMemError(
      "DATA",
      `Expected a column named ${name} but there are only ${foreign(this.columnNames.join(", "), 400)}.`,
    );
  }

  /** Numbers, absent ones as NaN. */
  f64(name: string): Float64Array {
    return Float64Array.from(this.cells(name), (cell) => (cell === null ? Number.NaN : Number(cell)));
  }

  /** Unsigned integers. Throws SslMemError DATA where one is absent. */
  u32(name: string): Uint32Array {
    return Uint32Array.from(this.cells(name), (cell, row) => {
      if (cell !== null) return Number(cell);
      throw new SslMemError("DATA", `Expected a number in column ${name}, row ${row}, but it is empty.`);
    });
  }

  /** Integers; absent ones as `absent`. */
  i32(name: string, absent: number): Int32Array {
    return Int32Array.from(this.cells(name), (cell) => (cell === null ? absent : Number(cell)));
  }

  /** Texts. Throws SslMemError DATA where one is absent. */
  strings(name: string): string[] {
    return this.cells(name).map((cell, row) => {
      if (cell !== null) return String(cell);
      throw new SslMemError("DATA", `Expected a text in column ${name}, row ${row}, but it is empty.`);
    });
  }

  /** Numbers, absent ones as null. */
  nullableNumbers(name: string): (number | null)[] {
    return this.cells(name).map((cell) => (cell === null ? null : Number(cell)));
  }

  /** Lists of numbers, absent ones as null. */
  lists(name: string): (Float64Array | null)[] {
    return this.cells(name).map((cell) =>
      cell === null ? null : Float64Array.from(cell as ArrayLike<number>),
    );
  }
}

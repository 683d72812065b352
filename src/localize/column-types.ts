import { type Cell, type Column, type ColumnType, computedColumn } from "../tables/index.js";

/** layers.parquet: one row an image, layer and pair. */
export const LAYER_COLUMNS = {
  index: "i64",
  id: "string",
  subset: "string",
  pair: "i32",
  position: "i32",
  layer: "string",
  lf: "f64",
  lg: "f64",
  memorization: "f64",
  sslmem: "f64",
  se: "f64",
} as const satisfies Record<string, ColumnType>;

/** units.parquet: one row a unit, encoder, subset and pair. */
export const UNIT_COLUMNS = {
  pair: "i32",
  encoder: "string",
  subset: "string",
  position: "i32",
  layer: "string",
  unit: "i32",
  unitmem: "f64",
  unitmem_median: "f64",
  classmem: "f64",
  class: "i32",
  maximum: "f64",
} as const satisfies Record<string, ColumnType>;

/** unit-images.parquet: the images that excite each unit most; rank 1 is the one that UnitMem is about. */
export const UNIT_IMAGE_COLUMNS = {
  pair: "i32",
  encoder: "string",
  subset: "string",
  position: "i32",
  layer: "string",
  unit: "i32",
  rank: "i32",
  index: "i64",
  id: "string",
  activation: "f64",
} as const satisfies Record<string, ColumnType>;

/** Rows as columns of a table; numbers that are not defined are absent. */
export function columnsOf(
  rows: readonly object[],
  schema: Readonly<Record<string, ColumnType>>,
): Record<string, Column> {
  const cell = (value: unknown): Cell => (Number.isNaN(value) ? null : ((value ?? null) as Cell));
  return Object.fromEntries(
    Object.entries(schema).map(([name, type]) => [
      name,
      computedColumn(type, rows.length, (row) => cell((rows[row] as Record<string, unknown>)[name])),
    ]),
  );
}

import { existsSync } from "node:fs";
import { SslMemError } from "../errors.js";
import {
  type Cell,
  type Column,
  type ColumnType,
  computedColumn,
  readMetadata,
  writeParquetRows,
} from "../tables/index.js";
import { whatDiffers } from "../text/differing.js";
import type { Score } from "./formulas.js";
import type { ScoreContext } from "./types.js";

const SCHEMA = "sslmem/scores@1";

/** One scored image. */
export interface ScoreRow extends Score {
  index: number;
  id: string;
  subset: string | null;
  label: number | null;
  pair: number;
  /** Distances of the pairs of views under f and g, when they are kept. */
  views_f: Float64Array | null;
  views_g: Float64Array | null;
}

const COLUMNS: readonly [keyof ScoreRow, ColumnType][] = [
  ["index", "i64"],
  ["id", "string"],
  ["subset", "string"],
  ["label", "i32"],
  ["lf", "f64"],
  ["lg", "f64"],
  ["lf_se", "f64"],
  ["lg_se", "f64"],
  ["memorization", "f64"],
  ["memorization_se", "f64"],
  ["sslmem", "f64"],
  ["se", "f64"],
  ["pair", "i32"],
];

/** Writes a part, complete or not at all, from rows that come batch by batch. Throws what `produce` throws. */
export async function writePart(
  path: string,
  context: ScoreContext,
  produce: (append: (rows: readonly ScoreRow[]) => void) => Promise<void>,
): Promise<void> {
  const columns: readonly [keyof ScoreRow, ColumnType][] = context.keepViews
    ? [...COLUMNS, ["views_f", "list<f64>"], ["views_g", "list<f64>"]]
    : COLUMNS;
  const metadata = { schema: SCHEMA, configuration: context.configuration };
  await writeParquetRows(path, Object.fromEntries(columns), metadata, (appendColumns) =>
    produce((rows) => {
      const values = columns.map(([name, type]): [string, Column] => [
        name,
        computedColumn(type, rows.length, (row) => cell(rows[row]?.[name] ?? null)),
      ]);
      appendColumns(Object.fromEntries(values));
    }),
  );
}

/** A standard error that is not defined is absent from the table, not NaN. */
function cell(value: Cell): Cell {
  return typeof value === "number" && Number.isNaN(value) ? null : value;
}

/** What parts of earlier versions do not say, since there was nothing else. */
const UNSAID = { pooling: "pooled" };

/**
 * Whether a part is there, made with the same configuration. Throws SslMemError USAGE when it was made with another one,
 * naming what differs, and DATA when it is not a whole part.
 */
export async function partIsDone(path: string, configuration: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const metadata = await readMetadata(path);
  if (metadata.schema !== SCHEMA)
    throw new SslMemError(
      "DATA",
      `Expected a part of scores (${SCHEMA}) at ${path} but it is another table.`,
    );
  if (metadata.configuration === configuration) return true;
  const before: Record<string, unknown> = { ...UNSAID, ...JSON.parse(metadata.configuration ?? "{}") };
  const now = JSON.parse(configuration) as Record<string, unknown>;
  const differing = whatDiffers(before, now);
  if (differing === null) return true;
  throw new SslMemError(
    "USAGE",
    `Expected scores of the same configuration at ${path} but they differ: ${differing}.`,
    "Use another --run, or --force.",
  );
}

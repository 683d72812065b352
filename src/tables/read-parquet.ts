import { stat } from "node:fs/promises";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBListValue } from "@duckdb/node-api";
import { SslMemError } from "../errors.js";
import { checkGiven } from "../text/given.js";
import type { Cell } from "./columns.js";
import { withDatabase } from "./connection.js";
import { damagedFile, failedQuery } from "./damaged.js";
import { checkParquet, DIGEST_KEY, SEALED } from "./parquet-digest.js";
import { fileList, identifier } from "./sql.js";
import { Table } from "./table.js";

/** Some rows of a Parquet file, in file order: cells[column][row]. i64 comes as number, lists as number arrays. */
export interface RowBlock {
  readonly start: number;
  readonly rows: number;
  readonly cells: readonly (readonly Cell[])[];
}

/**
 * Hands the rows of one or several Parquet files, in order, to `visit`, block by block; only one block is in memory.
 * `columns`: which, in the order they are wanted. Throws SslMemError DATA if a file is missing, cut short or lacks a column.
 */
export async function scanParquet(
  paths: string | readonly string[],
  columns: readonly string[],
  visit: (block: RowBlock) => void | Promise<void>,
): Promise<void> {
  await reading(paths, async (connection) => {
    const names = columns.map(identifier).join(", ");
    const result = await connection.stream(`SELECT ${names} FROM read_parquet(${fileList(paths)})`);
    let start = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      await visit({ start, rows: chunk.rowCount, cells: columns.map((_, index) => cellsOf(chunk, index)) });
      start += chunk.rowCount;
    }
  });
}

/** Reads columns of one or several Parquet files into memory; without `columns`, all of them. Throws as scanParquet does. */
export async function readParquet(
  paths: string | readonly string[],
  columns?: readonly string[],
): Promise<Table> {
  checkGiven("readParquet", { paths: typeof paths === "string" ? [paths] : paths }, ["paths"]);
  const names = columns ?? (await columnNames(paths));
  const cells = names.map((): Cell[] => []);
  await scanParquet(paths, names, (block) => {
    block.cells.forEach((values, index) => {
      const all = cells[index] as Cell[];
      for (const value of values) all.push(value);
    });
  });
  return new Table(names, cells);
}

/** Names of the columns of a Parquet file (of the first, if several), in order. Throws SslMemError DATA. */
export async function columnNames(paths: string | readonly string[]): Promise<string[]> {
  return reading(paths, async (connection) => {
    const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${fileList(paths)})`);
    return reader.getRows().map((row) => String(row[0]));
  });
}

/** The key-value metadata of a Parquet file, without its digest. Throws SslMemError DATA if the file is missing or is no Parquet. */
export async function readMetadata(path: string): Promise<Record<string, string>> {
  return reading(path, async (connection) => {
    const reader = await connection.runAndReadAll(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata(${fileList(path)})`,
    );
    const pairs = reader.getRows().map(([key, value]) => [String(key), String(value)] as const);
    return Object.fromEntries(pairs.filter(([key]) => key !== DIGEST_KEY && key !== SEALED.key));
  });
}

/** Number of rows of a Parquet file, from its footer. Throws SslMemError DATA. */
export async function rowCount(path: string): Promise<number> {
  return reading(path, async (connection) => {
    const reader = await connection.runAndReadAll(
      `SELECT coalesce(sum(num_rows), 0)::DOUBLE FROM parquet_file_metadata(${fileList(path)})`,
    );
    return Number(reader.getRows()[0]?.[0] ?? 0);
  });
}

async function reading<T>(
  paths: string | readonly string[],
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const all = typeof paths === "string" ? [paths] : paths;
  for (const path of all) {
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) {
      throw new SslMemError("DATA", `Expected a Parquet file at ${path} but there is none.`);
    }
  }
  await checkParquet(all);
  try {
    return await withDatabase(null, work);
  } catch (cause) {
    if (cause instanceof SslMemError) throw cause;
    throw all.length === 1 ? damagedFile(all[0] as string, cause) : failedQuery(cause, all);
  }
}

function cellsOf(chunk: DuckDBDataChunk, index: number): Cell[] {
  const values = chunk.getColumnValues(index) as unknown[];
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === "bigint") values[row] = Number(value);
    else if (typeof value === "object" && value !== null) values[row] = (value as DuckDBListValue).items;
  }
  return values as Cell[];
}

import type { DuckDBResultReader, DuckDBValue } from "@duckdb/node-api";
import { checkGiven } from "../text/given.js";
import { withDatabase } from "./connection.js";
import { failedQuery } from "./damaged.js";
import { checkParquet } from "./parquet-digest.js";
import { filesOf } from "./sql.js";

/** A value of a row that a query gives: lists are arrays of numbers, 64-bit integers are numbers. */
export type QueryValue = number | string | boolean | null | readonly QueryValue[];

/**
 * Runs one SQL statement of DuckDB on files and returns its rows as objects; for results that fit in memory.
 * `parameters` fill $1, $2, … . Paths inside the text go through `literal` or `fileList`.
 * Throws SslMemError DATA with DuckDB's words, or naming a file of ours that has changed since it was written.
 */
export async function query(
  sql: string,
  parameters: readonly (string | number | boolean | null)[] = [],
): Promise<Record<string, QueryValue>[]> {
  checkGiven("query", { sql }, ["sql"]);
  const files = filesOf(sql);
  await checkParquet(files);
  try {
    return await withDatabase(null, async (connection) => {
      return rowsOf(await connection.runAndReadAll(sql, [...parameters]));
    });
  } catch (cause) {
    throw failedQuery(cause, files);
  }
}

/** The rows of a result as plain objects. */
export function rowsOf(reader: DuckDBResultReader): Record<string, QueryValue>[] {
  return reader
    .getRowObjects()
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

function plain(value: DuckDBValue): QueryValue {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean")
    return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && "items" in value && Array.isArray(value.items))
    return value.items.map((item) => plain(item as DuckDBValue));
  return String(value);
}

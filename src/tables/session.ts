import type { DuckDBConnection } from "@duckdb/node-api";
import { withRoom } from "../arrays.js";
import { SslMemError } from "../errors.js";
import { type DatabaseLimits, withDatabase } from "./connection.js";
import { failedQuery } from "./damaged.js";
import { checkParquet } from "./parquet-digest.js";
import { type QueryValue, rowsOf } from "./query.js";
import { filesOf } from "./sql.js";
import { type RowShape, type TypedRow, typedRows } from "./typed-rows.js";

type Row = Record<string, QueryValue>;

/** A database that lives for several statements: temporary tables made by one are there for the next. */
export interface Session {
  /** Runs one statement and returns its rows, as typedRows with a shape; for results that fit in memory. Throws SslMemError DATA. */
  ask(sql: string): Promise<Row[]>;
  ask<const S extends RowShape>(sql: string, shape: S): Promise<TypedRow<S>[]>;
  /** The one row of a statement, as typedRows. */
  askOne<const S extends RowShape>(sql: string, shape: S): Promise<TypedRow<S>>;
  /** Columns of numbers as typed arrays, in the order of the statement; absent values are NaN. 8 bytes a value. */
  columns(sql: string): Promise<Float64Array[]>;
}

/** Opens a session for `work` and closes it. */
export async function withSession<T>(
  limits: DatabaseLimits,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withDatabase(null, (connection) => work(sessionOf(connection)), limits);
}

function sessionOf(connection: DuckDBConnection): Session {
  const files = new Set<string>(); // a view reads its files at every statement that uses it
  const explained = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    const named = filesOf(sql);
    await checkParquet(named);
    for (const file of named) files.add(file);
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof SslMemError) throw cause;
      throw failedQuery(cause, [...files]);
    }
  };
  async function ask(sql: string): Promise<Row[]>;
  async function ask<const S extends RowShape>(sql: string, shape: S): Promise<TypedRow<S>[]>;
  async function ask(sql: string, shape?: RowShape) {
    const rows = await explained(sql, async () => rowsOf(await connection.runAndReadAll(sql)));
    return shape === undefined ? rows : typedRows(rows, shape);
  }
  return {
    ask,
    askOne: async (sql, shape) => {
      const [row] = await ask(sql, shape);
      if (row === undefined) throw new SslMemError("INTERNAL", "Expected a row but the query gave none.");
      return row;
    },
    columns: (sql) => explained(sql, () => columnsOf(connection, sql)),
  };
}

async function columnsOf(connection: DuckDBConnection, sql: string): Promise<Float64Array[]> {
  const result = await connection.stream(sql);
  const columns: Float64Array[] = Array.from({ length: result.columnCount }, () => new Float64Array(4096));
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return columns.map((column) => column.slice(0, rows));
    for (const [i, column] of columns.entries()) {
      const needed = rows + chunk.rowCount;
      const target = withRoom(column, needed);
      columns[i] = target;
      const values = chunk.getColumnValues(i);
      for (let row = 0; row < chunk.rowCount; row++) {
        const value = values[row];
        target[rows + row] = value === null ? Number.NaN : Number(value);
      }
    }
    rows += chunk.rowCount;
  }
}

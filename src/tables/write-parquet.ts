import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBListValue,
  type DuckDBVector,
} from "@duckdb/node-api";
import { SslMemError } from "../errors.js";
import { replaceFile } from "../files/index.js";
import { type Cell, type Column, type ColumnInput, type ColumnType, toColumn } from "./columns.js";
import { withDatabase } from "./connection.js";
import { DUCK_TYPES } from "./duck-types.js";
import { DIGEST_KEY, NO_DIGEST, SEALED, sealParquet } from "./parquet-digest.js";
import { identifier, literal } from "./sql.js";

/** Rows of one DuckDB data chunk (its STANDARD_VECTOR_SIZE). */
const CHUNK_ROWS = 2048;

/** Appends rows; every call gives all columns of the schema, equally long. */
export type AppendRows = (columns: Readonly<Record<string, ColumnInput>>) => void;

/**
 * Writes one Parquet file (zstd) of columns that are all in memory: to a temporary name, fsynced, renamed.
 * `columns`: name → values, all of one length, in the order of the file. `metadata`: the file's key-value metadata.
 * Throws SslMemError INTERNAL if the lengths differ or a value does not fit its column.
 */
export async function writeParquet(
  path: string,
  columns: Readonly<Record<string, ColumnInput>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const typed = Object.fromEntries(
    Object.entries(columns).map(([name, input]) => [name, toColumn(name, input)]),
  );
  const schema = Object.fromEntries(Object.entries(typed).map(([name, { type }]) => [name, type]));
  await writeParquetRows(path, schema, metadata, async (append) => append(typed));
}

/**
 * The same for rows that come bit by bit: `produce` is given a function that appends a block of rows. Memory stays
 * bounded however many rows there are (blocks beyond a limit wait on disk, beside the file). The metadata may be a
 * function, asked when all rows are there.
 */
export async function writeParquetRows(
  path: string,
  schema: Readonly<Record<string, ColumnType>>,
  metadata: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>),
  produce: (append: AppendRows) => Promise<void>,
): Promise<void> {
  await replaceFile(path, (temporary) =>
    withDatabase(`${temporary}-spill`, async (connection) => {
      await createTable(connection, "data", schema);
      const appender = await connection.createAppender("data");
      await produce((columns) => appendColumns(appender, schema, columns));
      appender.closeSync();
      await copyToParquet(
        connection,
        "data",
        temporary,
        typeof metadata === "function" ? metadata() : metadata,
      );
    }),
  );
}

/**
 * Writes what a query makes of several tables in memory: for tables that DuckDB puts together faster than JavaScript.
 * `tables`: name → columns, each table's of one length. `select`: the query, over these names; the file has its order.
 * Throws as writeParquet.
 */
export async function writeParquetQuery(
  path: string,
  tables: Readonly<Record<string, Readonly<Record<string, Column>>>>,
  select: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await replaceFile(path, (temporary) =>
    withDatabase(`${temporary}-spill`, async (connection) => {
      for (const [table, columns] of Object.entries(tables)) {
        const schema = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]));
        await createTable(connection, table, schema);
        const appender = await connection.createAppender(table);
        appendColumns(appender, schema, columns);
        appender.closeSync();
      }
      await copyToParquet(connection, `(${select})`, temporary, metadata);
    }),
  );
}

async function createTable(
  connection: DuckDBConnection,
  name: string,
  schema: Readonly<Record<string, ColumnType>>,
): Promise<void> {
  const definitions = Object.entries(schema).map(
    ([column, type]) => `${identifier(column)} ${DUCK_TYPES[type]}`,
  );
  await connection.run(`CREATE TABLE ${identifier(name)} (${definitions.join(", ")})`);
}

function appendColumns(
  appender: DuckDBAppender,
  schema: Readonly<Record<string, ColumnType>>,
  inputs: Readonly<Record<string, ColumnInput>>,
): void {
  const columns = Object.entries(schema).map(([name, type]) => {
    const input = inputs[name];
    if (input === undefined) throw new SslMemError("INTERNAL", `Expected column ${name} but it is missing.`);
    const isEmpty = Array.isArray(input) && input.every((value) => value === null);
    const found = isEmpty ? { type, length: input.length, at: () => null } : toColumn(name, input);
    return { name, type, ...pick(found) };
  });
  const rows = columns[0]?.length ?? 0;
  for (const { name, length } of columns) {
    if (length !== rows) {
      throw new SslMemError("INTERNAL", `Expected ${rows} rows in column ${name} but received ${length}.`);
    }
  }
  const types = columns.map(({ type }) => DUCK_TYPES[type]);
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - start);
    const chunk = DuckDBDataChunk.create(types, count);
    columns.forEach((column, index) => {
      const vector = chunk.getColumnVector(index);
      fill(vector, column, start, count);
      vector.flush();
    });
    appender.appendDataChunk(chunk);
  }
}

function fill(
  vector: DuckDBVector,
  { name, type, at }: Column & { readonly name: string },
  start: number,
  count: number,
): void {
  let row = start;
  try {
    for (; row < start + count; row++) vector.setItem(row - start, toDuck(type, at(row)));
  } catch (cause) {
    throw new SslMemError(
      "INTERNAL",
      `Expected ${type} for column ${name}, row ${row}, but received ${String(at(row))}.`,
      undefined,
      { cause },
    );
  }
}

const pick = (from: Column) => ({ length: from.length, at: (row: number) => from.at(row) });

function toDuck(type: ColumnType, cell: Cell) {
  if (cell === null) return null;
  if (type === "i64") return BigInt(cell as number);
  if (type === "string" && typeof cell !== "string") throw new TypeError("not a string");
  if (type === "bool" && typeof cell !== "boolean") throw new TypeError("not a boolean");
  // DuckDB's list vector reads items by index and length only, so a typed array serves as it is.
  if (type === "list<f32>" || type === "list<f64>") return new DuckDBListValue(cell as readonly number[]);
  if (type !== "string" && type !== "bool" && typeof cell !== "number") throw new TypeError("not a number");
  return cell as number | string | boolean;
}

async function copyToParquet(
  connection: DuckDBConnection,
  from: string,
  path: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const all = { [SEALED.key]: SEALED.value, ...metadata, [DIGEST_KEY]: NO_DIGEST };
  const pairs = Object.entries(all).map(([key, value]) => `${identifier(key)}: ${literal(value)}`);
  await connection.run(
    `COPY ${from} TO ${literal(path)} (FORMAT parquet, USE_TMP_FILE false, COMPRESSION zstd, ROW_GROUP_SIZE 65536, KV_METADATA {${pairs.join(", ")}})`,
  );
  await sealParquet(path);
}

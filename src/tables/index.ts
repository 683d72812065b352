// Tables on disk: Parquet through DuckDB, with the context of every file in its key-value metadata.
export {
  type Cell,
  type Column,
  type ColumnInput,
  type ColumnType,
  column,
  computedColumn,
  listColumn,
} from "./columns.js";
export { type QueryValue, query } from "./query.js";
export {
  columnNames,
  type RowBlock,
  readMetadata,
  readParquet,
  rowCount,
  scanParquet,
} from "./read-parquet.js";
export { halfOf, scattered, scatteredText } from "./sampling.js";
export { type Session, withSession } from "./session.js";
export { double, fileList, identifier, literal } from "./sql.js";
export { Table } from "./table.js";
export { type RowShape, type TypedRow, typedRows } from "./typed-rows.js";
export { type AppendRows, writeParquet, writeParquetQuery, writeParquetRows } from "./write-parquet.js";

import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  FLOAT,
  INTEGER,
  LIST,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";
import type { ColumnType } from "./columns.js";

/** DuckDB's type of each column type. */
export const DUCK_TYPES: Record<ColumnType, DuckDBType> = {
  bool: BOOLEAN,
  u8: UTINYINT,
  i32: INTEGER,
  u32: UINTEGER,
  i64: BIGINT,
  f32: FLOAT,
  f64: DOUBLE,
  string: VARCHAR,
  "list<f32>": LIST(FLOAT),
  "list<f64>": LIST(DOUBLE),
};

import { rm } from "node:fs/promises";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { keepFirstLetters } from "./duck-text-decoder.js";

keepFirstLetters();

/** Memory that one table operation may hold before it spills to disk. */
const MEMORY_LIMIT = "512MB";

/** How much a database may take; a spill directory of DuckDB's own choice is never used. */
export interface DatabaseLimits {
  /** For instance "2GB". */
  readonly memory: string;
}

/**
 * Runs `work` on a fresh in-memory database and closes it. One thread: the tables are small beside training, rows keep
 * their order, and equal tables become equal files.
 * `spillDirectory`: where blocks beyond the memory limit go; created by need and removed.
 */
export async function withDatabase<T>(
  spillDirectory: string | null,
  work: (connection: DuckDBConnection) => Promise<T>,
  limits: DatabaseLimits = { memory: MEMORY_LIMIT },
): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: limits.memory,
    // Nothing may be fetched at run time.
    autoinstall_known_extensions: "false",
    ...(spillDirectory === null ? {} : { temp_directory: spillDirectory }),
  });
  try {
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
    if (spillDirectory !== null) await rm(spillDirectory, { recursive: true, force: true });
  }
}

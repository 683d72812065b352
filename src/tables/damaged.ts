import { existsSync } from "node:fs";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";

/**
 * DuckDB's words on a statement that failed, as a sentence: which file is damaged, if one is, and how to make it again; or
 * that the machine is at fault.
 */
export function failedQuery(cause: unknown): SslMemError {
  if (systemFaultOf(cause) !== null) return asUserError(cause) as SslMemError;
  const reason = firstLine(cause);
  const path = [...reason.matchAll(/['"]([^'"]+)['"]/g)].map(([, quoted]) => quoted).find(isFile);
  return path === undefined
    ? new SslMemError("DATA", `The query failed: ${reason}`, "--verbose shows where", { cause })
    : damagedFile(path, cause);
}

/** The error for a Parquet file that DuckDB cannot read, unless the machine is at fault. */
export function damagedFile(path: string, cause: unknown): SslMemError {
  if (systemFaultOf(cause) !== null) return asUserError(cause) as SslMemError;
  return new SslMemError(
    "DATA",
    `Expected a readable Parquet file at ${path} but it is damaged (${firstLine(cause).replaceAll(path, "it")}).`,
    hintFor(path),
    { cause },
  );
}

/** Score parts are the files of which one alone can be made again: those that are there are kept. */
function hintFor(path: string): string {
  const run = /^(.+)\/scores\/(?:pair-\d+\/)?part-[^/]+\.parquet$/.exec(path)?.[1];
  return run === undefined
    ? "make it again; it may be cut short or of another version"
    : `rm ${path}, then sslmem score --run ${run} makes it again`;
}

const isFile = (text: string | undefined): text is string => text !== undefined && existsSync(text);

const firstLine = (cause: unknown): string =>
  ((cause instanceof Error ? cause.message : String(cause)).split("\n")[0] as string).replace(/\.$/, "");

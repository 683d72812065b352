import { existsSync } from "node:fs";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";

/**
 * DuckDB's words on a statement that failed, as a sentence: which file is damaged, if one is, and how to make it again; or
 * that the machine is at fault. `files`: those that the statement reads, for words that name none.
 */
export function failedQuery(cause: unknown, files: readonly string[] = []): SslMemError {
  if (systemFaultOf(cause) !== null) return asUserError(cause) as SslMemError;
  const reason = firstLine(cause);
  const path = [...reason.matchAll(/['"]([^'"]+)['"]/g)].map(([, quoted]) => quoted).find(isFile);
  if (path !== undefined) return damagedFile(path, cause);
  const isAboutFiles = /^(Invalid|IO |Serialization|INTERNAL)/.test(reason);
  if (isAboutFiles && files.length === 1) return damagedFile(files[0] as string, cause);
  if (isAboutFiles && files.length > 1) {
    return new SslMemError(
      "DATA",
      `Expected readable Parquet files but one of ${files[0]} and ${files.length - 1} more is damaged (${reason}).`,
      "make them again; they may be cut short or of another version",
      { cause },
    );
  }
  return new SslMemError("DATA", `The query failed: ${reason}`, "--verbose shows where", { cause });
}

/** The error for a Parquet file that DuckDB cannot read, unless the machine is at fault. */
export function damagedFile(path: string, cause: unknown): SslMemError {
  if (systemFaultOf(cause) !== null) return asUserError(cause) as SslMemError;
  return new SslMemError(
    "DATA",
    `Expected a readable Parquet file at ${path} but it is damaged (${firstLine(cause).replaceAll(path, "it")}).`,
    howToMake(path),
    { cause },
  );
}

/** How a damaged file is made again. Score parts are the files of which one alone can be: those that are there are kept. */
export function howToMake(path: string): string {
  const run = /^(.+)\/scores\/(?:pair-\d+\/)?part-[^/]+\.parquet$/.exec(path)?.[1];
  return run === undefined
    ? "make it again; it may be cut short or of another version"
    : `rm ${path}, then sslmem score --run ${run} makes it again`;
}

const isFile = (text: string | undefined): text is string => text !== undefined && existsSync(text);

/** The first line of an error, without its full stop and without what a damaged file puts into it. */
const firstLine = (cause: unknown): string =>
  ((cause instanceof Error ? cause.message : String(cause)).split("\n")[0] as string)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, " ")
    .trim()
    .replace(/\.$/, "");

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SslMemError } from "../errors.js";
import { isMachineFault } from "../faults/index.js";
import { otherThanFile, writeWhole } from "../files/index.js";
import { foreign } from "../text/foreign.js";
import { checkGiven } from "../text/given.js";

/** Begins the first line of a list that sslmem wrote; the rest of the line says how it was made. */
const HEADER = "# sslmem/ids@1";

/** Refuses ids that a list of one id a line cannot hold. Throws SslMemError DATA. */
export function checkOneLine(ids: readonly string[]): void {
  const broken = ids.find((id) => /[\r\n]/.test(id));
  if (broken !== undefined)
    throw new SslMemError(
      "DATA",
      `Expected ids without line breaks but received ${foreign(JSON.stringify(broken))}.`,
      "--format json writes any id",
    );
}

/** Writes a list of image ids, one a line. Throws SslMemError DATA for an id with a line break in it. */
export async function writeIdList(
  path: string,
  ids: readonly string[],
  made: Record<string, unknown>,
): Promise<void> {
  checkGiven("writeIdList", { path, ids, made }, ["path", "ids", "made"]);
  checkOneLine(ids);
  const lines = [`${HEADER} ${JSON.stringify(made)}`, ...ids];
  await writeWhole(path, `${lines.join("\n")}\n`);
}

/** Reads a list of image ids, one a line; empty lines and our first line are passed over. Throws SslMemError DATA. */
export async function readIdList(path: string): Promise<string[]> {
  checkGiven("readIdList", { path }, ["path"]);
  let text: string;
  const other = await otherThanFile(path).catch(() => null);
  if (other !== null)
    throw new SslMemError("DATA", `Expected a list of image ids at ${path} but it is ${other}.`);
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (isMachineFault(cause)) throw cause;
    throw new SslMemError(
      "DATA",
      `Expected a list of image ids at ${path} but it cannot be read.`,
      undefined,
      {
        cause,
      },
    );
  }
  // Some editors begin a file with a byte order mark; lists that we write begin with their header.
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (lines[0]?.startsWith(HEADER)) lines.shift();
  const ids = [...new Set(lines.filter((line) => line !== ""))];
  if (ids.length === 0)
    throw new SslMemError("DATA", `Expected image ids in ${path}, one a line, but there are none.`);
  return ids;
}

/** SHA-256 (hex) of a list of ids, whatever their order. */
export function idsDigest(ids: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([...new Set(ids)].sort()))
    .digest("hex");
}

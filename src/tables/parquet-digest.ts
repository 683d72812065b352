import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { SslMemError } from "../errors.js";
import { howToMake } from "./damaged.js";

/** Name of the digest among a file's key-value metadata. */
export const DIGEST_KEY = "sslmem_sha256";
/** Says beside it that there is one: a file that has lost the digest's name is not taken for one of somebody else. */
export const SEALED = { key: "sslmem_sealed", value: "sha256" } as const;
/** What stands there until it is known, and while it is computed. */
export const NO_DIGEST = "0".repeat(64);

// Key and value as Thrift's compact protocol writes them: the value is a field of type binary, 64 bytes long.
const MARK = Buffer.concat([Buffer.from(DIGEST_KEY), Buffer.from([0x18, NO_DIGEST.length])]);

/**
 * Writes into a Parquet file, in place of its NO_DIGEST, the SHA-256 (hex) of all its bytes with NO_DIGEST there. Neither
 * DuckDB nor zstd notices every flipped bit of a page: some come out as other numbers.
 */
export async function sealParquet(path: string): Promise<void> {
  const place = await placeOfDigest(path);
  if (typeof place !== "number") throw new SslMemError("INTERNAL", `Expected room for a digest in ${path}.`);
  const digest = await digestOf(path, place);
  const file = await open(path, "r+");
  try {
    await file.write(digest, place);
  } finally {
    await file.close();
  }
}

/** Files found to be as they were written, with what tells whether they have been touched since. */
const sound = new Map<string, string>();

/**
 * Refuses Parquet files whose bytes are not those that were written; a file without a digest passes (it is not of ours, or
 * of an earlier version). Each is read once a process, unless it changes. Throws SslMemError DATA, naming the file.
 */
export async function checkParquet(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const facts = await stat(path, { bigint: true }).catch(() => null);
    if (!facts?.isFile()) continue; // whoever reads it says so
    const stamp = `${facts.ino} ${facts.size} ${facts.mtimeNs}`;
    if (sound.get(path) === stamp) continue;
    const place = await placeOfDigest(path);
    if (
      place === "lost" ||
      (place !== null && (await digestOf(path, place)) !== (await textAt(path, place)))
    ) {
      throw new SslMemError(
        "DATA",
        `Expected the Parquet file ${path} as it was written but its bytes have changed since.`,
        howToMake(path),
      );
    }
    sound.set(path, stamp);
  }
}

/** Where in the file the digest begins; null where it never had one, "lost" where it had. */
async function placeOfDigest(path: string): Promise<number | "lost" | null> {
  return reading(path, async (file) => {
    const { size } = await file.stat();
    const end = await bytesAt(file, Math.max(0, size - 8), 8);
    if (size < 12 || end.toString("latin1", 4) !== "PAR1") return null;
    const start = Math.max(0, size - 8 - end.readUInt32LE(0));
    const footer = await bytesAt(file, start, size - 8 - start);
    const found = footer.lastIndexOf(MARK);
    const place = start + found + MARK.length;
    if (found >= 0 && place + NO_DIGEST.length <= size) return place;
    return footer.includes(SEALED.key) ? "lost" : null;
  });
}

async function digestOf(path: string, place: number): Promise<string> {
  const hash = createHash("sha256");
  let at = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const from = Math.max(place, at);
    const to = Math.min(place + NO_DIGEST.length, at + chunk.length);
    if (from < to) chunk.fill("0", from - at, to - at);
    hash.update(chunk);
    at += chunk.length;
  }
  return hash.digest("hex");
}

const textAt = (path: string, place: number): Promise<string> =>
  reading(path, async (file) => (await bytesAt(file, place, NO_DIGEST.length)).toString("latin1"));

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return bytes.subarray(0, bytesRead);
}

async function reading<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "r");
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

import { createHash } from "node:crypto";
import { type FileHandle, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { otherThanFile, replaceFile } from "../files/index.js";

/** Typed arrays that a columns file can hold. */
type Typed = Uint8Array | Int32Array | Uint32Array | Float64Array;
const KINDS = { Uint8Array, Int32Array, Uint32Array, Float64Array } as const;

/** What a columns file holds: JSON beside arrays by name. */
export interface ColumnsFile {
  readonly facts: unknown;
  readonly columns: Readonly<Record<string, Typed>>;
}

/** Columns by name, and the kind of array that each is. */
export type ColumnKinds = Readonly<Record<string, (typeof KINDS)[keyof typeof KINDS]>>;
/** Columns that were looked at: each is of its kind. */
export type TypedColumns<K extends ColumnKinds> = { readonly [Name in keyof K]: InstanceType<K[Name]> };

/** The columns of a file if all that are named are there and of their kinds; else null, as for a file of another version. */
export function typedColumns<const K extends ColumnKinds>(
  { columns }: ColumnsFile,
  kinds: K,
): TypedColumns<K> | null {
  const isThere = Object.entries(kinds).every(([name, Kind]) => columns[name] instanceof Kind);
  return isThere ? (columns as TypedColumns<K>) : null;
}

const MAGIC = "SSLMCOLS";
const ALIGNMENT = 8;
const HASH_BYTES = 32;

/**
 * Writes arrays as they lie in memory, so that a million rows are read in a moment: for caches, which only this machine
 * reads (its byte order) and which may be deleted at any time. Mode 0600; complete or not at all.
 *
 * Layout: "SSLMCOLS", u64 length of the JSON, JSON {name of the file, facts, columns: [name, kind, length]}, the arrays each
 * from a multiple of 8 bytes on, SHA-256 of everything before.
 */
export async function writeColumns(path: string, { facts, columns }: ColumnsFile): Promise<void> {
  const list = Object.entries(columns).map(([name, values]) => [
    name,
    values.constructor.name,
    values.length,
  ]);
  const header = Buffer.from(JSON.stringify({ name: basename(path), facts, columns: list }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const parts: Uint8Array[] = [Buffer.from(MAGIC), length, header, padding(header.length)];
  for (const { buffer, byteOffset, byteLength } of Object.values(columns))
    parts.push(new Uint8Array(buffer, byteOffset, byteLength), padding(byteLength));
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  parts.push(hash.digest());
  const write = async (_: string, handle: FileHandle) => {
    for (const part of parts) await handle.writeFile(part);
  };
  await replaceFile(path, write, { mode: 0o600 });
}

/** Reads one; null for a file that is not there, damaged or written under another name: caches are made again. */
export async function readColumns(path: string): Promise<ColumnsFile | null> {
  // A pipe would never end.
  const isFile = await otherThanFile(path).then(
    (other) => other === null,
    () => false,
  );
  const bytes = isFile ? await readFile(path).catch(() => null) : null;
  if (bytes === null || bytes.length < 16 + HASH_BYTES || bytes.toString("latin1", 0, 8) !== MAGIC)
    return null;
  const end = bytes.length - HASH_BYTES;
  const hash = createHash("sha256").update(bytes.subarray(0, end)).digest();
  if (!hash.equals(bytes.subarray(end))) return null;
  // Node's buffers may begin anywhere; arrays of 8 bytes may not.
  const aligned = bytes.byteOffset % ALIGNMENT === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  try {
    return contentOf(aligned, basename(path));
  } catch {
    return null; // whole, but not as this version writes it
  }
}

const headerSchema = z.object({
  name: z.string(),
  facts: z.unknown(),
  columns: z.array(
    z.tuple([
      z.string(),
      z.enum(["Uint8Array", "Int32Array", "Uint32Array", "Float64Array"]),
      z.number().int().min(0),
    ]),
  ),
});

/** Facts and arrays of a file whose bytes are as they were written. Throws where these are not such a file's. */
function contentOf(bytes: Buffer<ArrayBuffer>, name: string): ColumnsFile | null {
  const headerLength = Number(bytes.readBigUInt64LE(8));
  const header = headerSchema.parse(JSON.parse(bytes.toString("utf8", 16, 16 + headerLength)));
  if (header.name !== name) return null;
  let at = 16 + roundedUp(headerLength);
  const columns: Record<string, Typed> = {};
  for (const [column, kind, length] of header.columns) {
    const Kind = KINDS[kind];
    if (at + length * Kind.BYTES_PER_ELEMENT > bytes.length - HASH_BYTES) return null;
    columns[column] = new Kind(bytes.buffer, bytes.byteOffset + at, length);
    at += roundedUp(length * Kind.BYTES_PER_ELEMENT);
  }
  return { facts: header.facts, columns };
}

const roundedUp = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const padding = (bytes: number) => new Uint8Array(roundedUp(bytes) - bytes);

import type { Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SslMemError } from "../errors.js";
import { asUserError } from "../faults/index.js";
import { HEAD_BYTES } from "../file-kinds/index.js";
import { fill, otherThanFile } from "../files/index.js";
import { checkGiven } from "../text/given.js";
import { FLOATS, toFloat32 } from "./safetensors-floats.js";
import {
  beginDigest,
  DIGEST_KEY,
  type Header,
  PIECE_BYTES,
  parseHeader,
  type StoredArray,
  valuesOf,
} from "./safetensors-header.js";
import { whatFile } from "./what-file.js";

/** An array of a safetensors file: float32 values, whatever float format the file has, row-major. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

const MOST_HEADER_BYTES = 100_000_000;
/** An array of JavaScript has no more. */
const MOST_VALUES = 2 ** 32;

/** What a safetensors file holds. */
export interface StoredWeights {
  /** The arrays of floats that were wanted. */
  tensors: Map<string, StoredTensor>;
  /** Formats of the arrays that are not read (integers, fp8, those that were not wanted), by name. */
  others: Map<string, string>;
  /** Without the digest. */
  metadata: Record<string, string>;
  /** SHA-256 (hex) that all arrays were found to have, wanted or not; null for a file that names none. */
  digest: string | null;
}

/** What is read of a file. */
export interface ReadOptions {
  /** Whether an array is wanted, by its name; default: all are. Those that are not take no memory. */
  readonly wanted?: (name: string) => boolean;
}

/** A file that is open, with its header read and checked. */
interface Opened extends Header {
  readonly file: FileHandle;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Where the data begin, in bytes. */
  readonly start: number;
}

/**
 * Reads a safetensors file of any size: in memory are the arrays that are wanted, and a few MB. Arrays of other than floats
 * (num_batches_tracked) are named, not read. The header is checked against the file's size before room is made for an array.
 *
 * @throws SslMemError DATA, naming the file: when it is missing, cut short, or something else, and then what it is and what
 *   makes safetensors of it; when it is one of ours and has changed since it was written. What the system says, as an
 *   SslMemError
 */
export async function readSafetensors(path: string, options: ReadOptions = {}): Promise<StoredWeights> {
  checkGiven("readSafetensors", { path }, ["path"]);
  const other = await otherThanFile(path).catch(() => null);
  if (other !== null)
    throw new SslMemError(
      "DATA",
      `Expected a safetensors file but ${path} is ${other}.`,
      other === "a folder"
        ? "a .safetensors file in it; of a checkpoint the one that is called step-N.safetensors"
        : undefined,
    );
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR")
      throw new SslMemError("DATA", `Expected a safetensors file but there is nothing at ${path}.`);
    throw asUserError(cause);
  });
  try {
    return await readArrays(await readHeader(file, path), options);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) Object.assign(error, { path }); // it does not say of which file
    throw asUserError(error);
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<Opened> {
  const { size } = await file.stat();
  const bytesAt = async (position: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    if ((await fill(file, bytes, position)) < length) throw cut(path, position, position + length);
    return bytes;
  };
  const head = await bytesAt(0, Math.min(size, HEAD_BYTES));
  const what = hasHeader(head) ? null : whatFile(head, path);
  if (what !== null)
    throw new SslMemError("DATA", `Expected a safetensors file but ${path} is ${what.what}.`, what.hint);
  if (size <= 8) throw damaged(path, `it is cut short: it has ${size} bytes`);
  if (!hasHeader(head))
    throw damaged(path, `it is none: it begins with ${JSON.stringify(head.toString("latin1", 0, 12))}`);
  const start = 8 + Number(head.readBigUInt64LE(0));
  if (start > size) throw cut(path, size, start);
  const { end, ...header } = parseHeader(await bytesAt(8, start - 8), (fault, cause) => {
    throw damaged(path, `its header is damaged: ${fault}`, cause);
  });
  if (start + end > size) throw cut(path, size, start + end);
  if (start + end < size)
    throw damaged(path, `it has ${size - start - end} bytes more than the arrays that its header names`);
  return { ...header, file, path, size, start };
}

async function readArrays(opened: Opened, { wanted = () => true }: ReadOptions): Promise<StoredWeights> {
  const { arrays, path } = opened;
  const { [DIGEST_KEY]: written, ...metadata } = opened.metadata;
  const hash = written === undefined ? null : beginDigest({ arrays, metadata });
  const [tensors, others] = [new Map<string, StoredTensor>(), new Map<string, string>()];
  const room = new Uint8Array(PIECE_BYTES);
  for (const array of arrays) {
    const { name, dtype, shape } = array;
    const data = FLOATS.has(dtype) && wanted(name) ? roomFor(array, path) : null;
    if (data === null) others.set(name, dtype);
    else tensors.set(name, { shape, data });
    if (data !== null || hash !== null) await readArray(opened, array, { data, hash, room });
  }
  const digest = hash?.digest("hex") ?? null;
  if (digest !== null && digest !== written)
    throw damaged(path, "its values have changed since they were written");
  return { tensors, others, metadata, digest };
}

function roomFor({ name, shape }: StoredArray, path: string): Float32Array {
  const values = valuesOf(shape);
  if (values <= MOST_VALUES) return new Float32Array(values);
  throw new SslMemError(
    "DATA",
    `Expected arrays of at most ${MOST_VALUES} values in ${path} but ${name} has ${values}.`,
    "a file without this array",
  );
}

/** Passes over an array's bytes once, piece by piece. @param room for a piece that is not float32 yet */
async function readArray(
  { file, path, size, start }: Opened,
  { dtype, data_offsets: [from, to] }: StoredArray,
  { data, hash, room }: { data: Float32Array | null; hash: Hash | null; room: Uint8Array },
): Promise<void> {
  for (let at = from; at < to; at += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, to - at);
    const isInPlace = data !== null && dtype === "F32";
    const piece = isInPlace ? new Uint8Array(data.buffer, at - from, length) : room.subarray(0, length);
    const read = await fill(file, piece, start + at);
    if (read < length) throw cut(path, start + at + read, size); // by somebody, in the meantime
    hash?.update(piece);
    if (data === null || isInPlace) continue;
    const perByte = data.length / (to - from);
    toFloat32(dtype, piece, data.subarray((at - from) * perByte, (at - from + length) * perByte));
  }
}

/** Whether a file begins as safetensors do: the length of a JSON header, and its brace. */
const hasHeader = (head: Buffer): boolean =>
  head.length > 8 && head[8] === 0x7b && head.readBigUInt64LE(0) <= MOST_HEADER_BYTES;

const damaged = (path: string, what: string, cause?: unknown) =>
  new SslMemError("DATA", `Expected a safetensors file at ${path} but ${what}.`, hintFor(path), { cause });

const cut = (path: string, there: number, needed: number) =>
  new SslMemError(
    "DATA",
    `Expected a whole weights file at ${path} but it is cut short: at least ${needed - there} of ${needed} bytes are missing.`,
    hintFor(path),
  );

/** A run's own checkpoint can be trained again; other weights come from elsewhere. */
function hintFor(path: string): string {
  return /^step-\d+\./.test(basename(path))
    ? `move ${dirname(path)} away, then sslmem train (or audit) with the same --run trains this encoder anew`
    : "get the file again from where it came";
}

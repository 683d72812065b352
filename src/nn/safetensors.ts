import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { z } from "zod";
import { SslMemError } from "../errors.js";
import { replaceFile } from "../tables/index.js";
import { LOOKED_AT, whatFile } from "./what-file.js";

/** An array of a safetensors file: float32 values, whatever float format the file has, row-major. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

/** What a safetensors file holds. */
export interface StoredWeights {
  /** The arrays of floats. */
  tensors: Map<string, StoredTensor>;
  /** Formats of the arrays that are not read (integers, fp8), by name. */
  others: Map<string, string>;
  metadata: Record<string, string>;
}

const FLOATS: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2 };
const MOST_HEADER_BYTES = 100_000_000;

const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(z.object({ dtype: z.string(), shape: z.array(whole), data_offsets: z.tuple([whole, whole]) }));
type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

/**
 * Reads a safetensors file. Arrays of other than floats (num_batches_tracked) are named, not read.
 *
 * @throws SslMemError DATA, naming the file: when it is missing, cut short, or something else, and then what it is and what
 *   makes safetensors of it
 */
export async function readSafetensors(path: string): Promise<StoredWeights> {
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  const what = hasHeader(file) ? null : whatFile(file.subarray(0, LOOKED_AT), path);
  if (what !== null)
    throw new SslMemError(
      "DATA",
      `Expected a safetensors file at ${path} but it is ${what.what}.`,
      what.hint,
    );
  const { start, entries, metadata } = headerOf(file, path);
  const end =
    start + Object.values(entries).reduce((last, entry) => Math.max(last, entry.data_offsets[1]), 0);
  if (end > file.length) throw cut(path, file.length, end);
  const [tensors, others] = [new Map<string, StoredTensor>(), new Map<string, string>()];
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    const width = FLOATS[dtype];
    if (width === undefined) {
      others.set(name, dtype);
      continue;
    }
    const size = shape.reduce((product, side) => product * side, 1);
    const [from, to] = offsets;
    if (to - from !== size * width) {
      throw new SslMemError(
        "DATA",
        `Expected ${size * width} bytes of ${dtype} for "${name}" in the weights file ${path} but its header gives it ${to - from}.`,
        hintFor(path),
      );
    }
    tensors.set(name, { shape, data: toFloat32(file.subarray(start + from, start + to), dtype, size) });
  }
  return { tensors, others, metadata };
}

/** Whether a file begins as safetensors do: the length of a JSON header, and its brace. */
const hasHeader = (file: Buffer): boolean =>
  file.length > 8 && file[8] === 0x7b && file.readBigUInt64LE(0) <= MOST_HEADER_BYTES;

function headerOf(file: Buffer, path: string) {
  const fail = (what: string, cause?: unknown): never => {
    throw new SslMemError(
      "DATA",
      `Expected a safetensors file at ${path} but ${what}.`,
      hintFor(path),
      cause === undefined ? {} : { cause },
    );
  };
  if (file.length <= 8) fail(`it is cut short: it has ${file.length} bytes`);
  if (!hasHeader(file)) fail(`it is none: it begins with ${JSON.stringify(file.toString("latin1", 0, 12))}`);
  const start = 8 + Number(file.readBigUInt64LE(0));
  if (start > file.length) throw cut(path, file.length, start);
  let header: z.infer<typeof headerSchema>;
  try {
    header = headerSchema.parse(JSON.parse(file.toString("utf8", 8, start)));
  } catch (cause) {
    return fail("its header is damaged", cause);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  return { start, entries: entries as Record<string, Entry>, metadata };
}

const cut = (path: string, there: number, needed: number) =>
  new SslMemError(
    "DATA",
    `Expected a whole weights file at ${path} but it is cut short: at least ${needed - there} of ${needed} bytes are missing.`,
    hintFor(path),
  );

function unreadable(path: string, cause: NodeJS.ErrnoException): SslMemError {
  const { code } = cause;
  if (code === "ENOENT" || code === "ENOTDIR")
    return new SslMemError("DATA", `Expected a safetensors file but there is nothing at ${path}.`);
  if (code === "EISDIR")
    return new SslMemError(
      "DATA",
      `Expected a safetensors file but ${path} is a folder.`,
      "the path of the weights file in it",
    );
  return new SslMemError("DATA", `Expected a safetensors file at ${path} but it cannot be read (${code}).`);
}

/** A run's own checkpoint can be trained again; other weights come from elsewhere. */
function hintFor(path: string): string {
  return /^step-\d+\./.test(basename(path))
    ? `move ${dirname(path)} away, then sslmem train (or audit) with the same --run trains this encoder anew`
    : "get the file again from where it came";
}

function toFloat32(bytes: Buffer, dtype: string, size: number): Float32Array {
  const out = new Float32Array(size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(out.buffer);
  if (dtype === "F32") bytes.copy(Buffer.from(out.buffer));
  else if (dtype === "F64") for (let i = 0; i < size; i++) out[i] = view.getFloat64(8 * i, true);
  else if (dtype === "BF16") for (let i = 0; i < size; i++) words[i] = view.getUint16(2 * i, true) << 16;
  else for (let i = 0; i < size; i++) out[i] = half(view.getUint16(2 * i, true));
  return out;
}

/** Value of an IEEE half-precision number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Writes a safetensors file of float32 arrays, complete or not at all; the names are sorted. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Promise<void> {
  const names = [...tensors.keys()].sort();
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const name of names) {
    const { shape, data } = tensors.get(name) as StoredTensor;
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const arrays = names.map((name) => {
    const { data } = tensors.get(name) as StoredTensor;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  });
  await replaceFile(path, (temporary) => writeFile(temporary, Buffer.concat([length, padded, ...arrays])));
}

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";
import { HEAD_BYTES } from "../file-kinds/index.js";
import { otherThanFile, writeWhole } from "../files/index.js";
import { BYTES, checkHeader, digestOf, type StoredArray } from "./safetensors-header.js";
import { whatFile } from "./what-file.js";

/** An array of a safetensors file: float32 values, whatever float format the file has, row-major. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

const FLOATS: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"]);
const MOST_HEADER_BYTES = 100_000_000;
/** Name of the digest in the metadata of the files that we write. */
const DIGEST_KEY = "sslmem_sha256";

/** What a safetensors file holds. */
export interface StoredWeights {
  /** The arrays of floats. */
  tensors: Map<string, StoredTensor>;
  /** Formats of the arrays that are not read (integers, fp8), by name. */
  others: Map<string, string>;
  /** Without the digest. */
  metadata: Record<string, string>;
  /** SHA-256 (hex) that the arrays were found to have; null for a file that names none. */
  digest: string | null;
}

/**
 * Reads a safetensors file. Arrays of other than floats (num_batches_tracked) are named, not read.
 *
 * @throws SslMemError DATA, naming the file: when it is missing, cut short, or something else, and then what it is and what
 *   makes safetensors of it; when it is one of ours and has changed since it was written
 */
export async function readSafetensors(path: string): Promise<StoredWeights> {
  const fail = (what: string, cause?: unknown): never => {
    throw new SslMemError(
      "DATA",
      `Expected a safetensors file at ${path} but ${what}.`,
      hintFor(path),
      cause === undefined ? {} : { cause },
    );
  };
  const other = await otherThanFile(path).catch(() => null);
  if (other !== null) throw new SslMemError("DATA", `Expected a safetensors file but ${path} is ${other}.`);
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR")
      throw new SslMemError("DATA", `Expected a safetensors file but there is nothing at ${path}.`);
    throw systemFaultOf(cause) === null ? cause : asUserError(cause);
  });
  const what = hasHeader(file) ? null : whatFile(file.subarray(0, HEAD_BYTES), path);
  if (what !== null)
    throw new SslMemError("DATA", `Expected a safetensors file but ${path} is ${what.what}.`, what.hint);
  if (file.length <= 8) fail(`it is cut short: it has ${file.length} bytes`);
  if (!hasHeader(file)) fail(`it is none: it begins with ${JSON.stringify(file.toString("latin1", 0, 12))}`);
  const start = 8 + Number(file.readBigUInt64LE(0));
  if (start > file.length) throw cut(path, file.length, start);
  let content: unknown;
  try {
    content = JSON.parse(file.toString("utf8", 8, start));
  } catch (cause) {
    fail("its header is damaged", cause);
  }
  const { arrays, metadata, end } = checkHeader(content, (fault) => fail(`its header is damaged: ${fault}`));
  if (start + end > file.length) throw cut(path, file.length, start + end);
  if (start + end < file.length)
    fail(`it has ${file.length - start - end} bytes more than the arrays that its header names`);
  const { [DIGEST_KEY]: written, ...rest } = metadata;
  const digest = written === undefined ? null : digestOf({ arrays, metadata: rest }, [file.subarray(start)]);
  if (digest !== null && digest !== written) fail("its values have changed since they were written");
  const [tensors, others] = [new Map<string, StoredTensor>(), new Map<string, string>()];
  for (const { name, dtype, shape, data_offsets: offsets } of arrays) {
    const bytes = file.subarray(start + offsets[0], start + offsets[1]);
    if (!FLOATS.has(dtype)) others.set(name, dtype);
    else
      tensors.set(name, {
        shape,
        data: toFloat32(bytes, dtype, bytes.length / (BYTES.get(dtype) as number)),
      });
  }
  return { tensors, others, metadata: rest, digest };
}

/** Whether a file begins as safetensors do: the length of a JSON header, and its brace. */
const hasHeader = (file: Buffer): boolean =>
  file.length > 8 && file[8] === 0x7b && file.readBigUInt64LE(0) <= MOST_HEADER_BYTES;

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

/** Writes a safetensors file of float32 arrays, complete or not at all; the names are sorted. Returns the arrays' digest. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Promise<string> {
  const names = [...tensors.keys()].sort();
  let end = 0;
  const arrays = names.map((name): StoredArray => {
    const { shape, data } = tensors.get(name) as StoredTensor;
    const start = end;
    end += data.byteLength;
    return { name, dtype: "F32", shape, data_offsets: [start, end] };
  });
  const data = names.map((name) => {
    const { buffer, byteOffset, byteLength } = (tensors.get(name) as StoredTensor).data;
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  const digest = digestOf({ arrays, metadata }, data);
  const header = Object.fromEntries([
    ["__metadata__", { ...metadata, [DIGEST_KEY]: digest }],
    ...arrays.map(({ name, ...array }) => [name, array] as const),
  ]);
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await writeWhole(path, Buffer.concat([length, padded, ...data]));
  return digest;
}

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";
import { otherThanFile, writeWhole } from "../files/index.js";
import { BYTES, checkHeader, digestOf, type StoredArray } from "./safetensors-header.js";

/** An array of a safetensors file: float32 values, whatever float format the file has, row-major. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

const MOST_HEADER_BYTES = 100_000_000;
/** Name of the digest in the metadata of the files that we write. */
const DIGEST_KEY = "sslmem_sha256";

/** What a safetensors file holds. */
export interface StoredTensors {
  tensors: Map<string, StoredTensor>;
  /** Without the digest. */
  metadata: Record<string, string>;
  /** SHA-256 (hex) that the arrays were found to have; null for a file that names none. */
  digest: string | null;
}

/**
 * Reads a safetensors file. Integer arrays (num_batches_tracked) are left out.
 *
 * @throws SslMemError DATA, naming the file, when it is missing, cut short or not safetensors, or is one of ours and has
 *   changed since it was written
 */
export async function readSafetensors(path: string): Promise<StoredTensors> {
  const fail = (expected: string, cause?: unknown): never => {
    throw new SslMemError("DATA", `Expected ${expected} in the weights file ${path}.`, hintFor(path), {
      cause,
    });
  };
  const other = await otherThanFile(path).catch(() => null);
  if (other !== null) throw new SslMemError("DATA", `Expected a safetensors file but ${path} is ${other}.`);
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT" && systemFaultOf(cause) !== null) throw asUserError(cause);
    throw new SslMemError(
      "DATA",
      cause.code === "ENOENT"
        ? `Expected a safetensors file but there is nothing at ${path}.`
        : `Expected a safetensors file at ${path} but it cannot be read (${cause.code}).`,
    );
  });
  if (file.length < 8) fail("a header (the file is cut short)");
  const headerBytes = Number(file.readBigUInt64LE(0));
  if (headerBytes > MOST_HEADER_BYTES || 8 + headerBytes > file.length)
    fail("a header of its stated length (cut short, or not safetensors)");
  let content: unknown;
  try {
    content = JSON.parse(file.toString("utf8", 8, 8 + headerBytes));
  } catch (cause) {
    fail("a JSON header (not safetensors)", cause);
  }
  const start = 8 + headerBytes;
  const { arrays, metadata } = checkHeader(content, file.length - start, fail);
  const { [DIGEST_KEY]: written, ...rest } = metadata;
  const digest = written === undefined ? null : digestOf({ arrays, metadata: rest }, [file.subarray(start)]);
  if (digest !== null && digest !== written) fail("the values that were written, which have changed since,");
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, data_offsets: offsets } of arrays) {
    if (dtype.startsWith("I")) continue;
    const bytes = file.subarray(start + offsets[0], start + offsets[1]);
    tensors.set(name, { shape, data: toFloat32(bytes, dtype, bytes.length / (BYTES.get(dtype) as number)) });
  }
  return { tensors, metadata: rest, digest };
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

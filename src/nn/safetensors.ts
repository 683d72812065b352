import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";
import { otherThanFile, writeWhole } from "../files/index.js";

/** An array of a safetensors file: float32 values, whatever float format the file has, row-major. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

const BYTES: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4 };
const MOST_HEADER_BYTES = 100_000_000;

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Reads a safetensors file. Integer arrays (num_batches_tracked) are left out.
 *
 * @throws SslMemError DATA, naming the file, when it is missing, cut short or not safetensors
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Map<string, StoredTensor>; metadata: Record<string, string> }> {
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
  let header: Record<string, HeaderEntry | Record<string, string>> = {};
  try {
    header = JSON.parse(file.toString("utf8", 8, 8 + headerBytes));
  } catch (cause) {
    fail("a JSON header (not safetensors)", cause);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, StoredTensor>();
  const start = 8 + headerBytes;
  for (const [name, raw] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = raw as HeaderEntry;
    const width = BYTES[dtype];
    if (width === undefined)
      fail(`one of ${Object.keys(BYTES).join(", ")} for "${name}" but received ${dtype}`);
    const size = shape.reduce((product, side) => product * side, 1);
    const [from, to] = offsets;
    if (to - from !== size * (width as number) || start + to > file.length)
      fail(`${size} values of ${dtype} for "${name}" (the file is cut short)`);
    if (dtype.startsWith("I")) continue;
    tensors.set(name, { shape, data: toFloat32(file.subarray(start + from, start + to), dtype, size) });
  }
  return { tensors, metadata: metadata as Record<string, string> };
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
  await writeWhole(path, Buffer.concat([length, padded, ...arrays]));
}

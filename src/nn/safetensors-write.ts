import { type FileHandle, writeFile } from "node:fs/promises";
import { SslMemError } from "../errors.js";
import { replaceFile } from "../files/index.js";
import type { StoredTensor } from "./safetensors.js";
import { beginDigest, DIGEST_KEY, PIECE_BYTES, type StoredArray, valuesOf } from "./safetensors-header.js";

/** An array that is made when it is its turn to be written, once, and can then be forgotten: float32 values, row-major. */
export interface DeferredTensor {
  readonly shape: readonly number[];
  readonly data: () => Float32Array;
}

const NO_DIGEST = "0".repeat(64);

/**
 * Writes a safetensors file of float32 arrays, complete or not at all; the names are sorted. Beside the arrays it takes some
 * MB, however large they are, and one array that is deferred at a time.
 *
 * @returns the arrays' digest
 * @throws SslMemError USAGE for an array called __metadata__, and as replaceFile
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor | DeferredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  if (tensors.has("__metadata__"))
    throw new SslMemError(
      "USAGE",
      `Expected names of arrays for ${path} but received "__metadata__", which safetensors keeps for itself.`,
      "another name for this array",
    );
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  let end = 0;
  const arrays = sorted.map(([name, { shape }]): StoredArray => {
    const start = end;
    end += 4 * valuesOf(shape);
    return { name, dtype: "F32", shape: [...shape], data_offsets: [start, end] };
  });
  const hash = beginDigest({ arrays, metadata });
  let digest = NO_DIGEST;
  function* content(): Generator<Uint8Array> {
    yield headerOf(arrays, metadata, digest);
    for (const [name, tensor] of sorted)
      for (const piece of piecesOf(name, tensor)) {
        hash.update(piece);
        yield piece;
      }
  }
  await replaceFile(path, async (_, file) => {
    await writeFile(file, content());
    digest = hash.digest("hex");
    await writeAt(file, headerOf(arrays, metadata, digest), 0);
  });
  return digest;
}

/** The bytes before the data: of one length, whatever the digest. */
function headerOf(arrays: readonly StoredArray[], metadata: Record<string, string>, digest: string): Buffer {
  const header = Object.fromEntries([
    ["__metadata__", { ...metadata, [DIGEST_KEY]: digest }],
    ...arrays.map(({ name, ...array }) => [name, array] as const),
  ]);
  const text = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((8 - (text.length % 8)) % 8, " ");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + padding.length));
  return Buffer.concat([length, text, padding]);
}

/** The bytes of an array, without a copy of them. */
function* piecesOf(name: string, { shape, data }: StoredTensor | DeferredTensor): Generator<Uint8Array> {
  const values = typeof data === "function" ? data() : data;
  if (values.length !== valuesOf(shape))
    throw new SslMemError(
      "INTERNAL",
      `Expected ${valuesOf(shape)} values of ${name}, [${shape.join(", ")}], but received ${values.length}.`,
    );
  for (let at = 0; at < values.byteLength; at += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, values.byteLength - at);
    yield new Uint8Array(values.buffer, values.byteOffset + at, length);
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

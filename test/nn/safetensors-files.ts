import { open } from "node:fs/promises";

/** An array of a file of one's own making. */
export interface RawArray {
  dtype: string;
  shape: readonly number[];
  /** Number of bytes, which are then zeros and no room on the disk, or the bytes themselves. */
  bytes: number | Uint8Array;
}

/**
 * Writes a safetensors file by hand, of any types and any size: what is only zeros stays a hole in the file.
 *
 * @param entries in the order of the data @param metadata left out by default
 */
export async function writeRaw(
  path: string,
  entries: Iterable<readonly [string, RawArray]>,
  metadata?: Record<string, string>,
): Promise<void> {
  let end = 0;
  const placed = [...entries].map(([name, { dtype, shape, bytes }]) => {
    const start = end;
    end += typeof bytes === "number" ? bytes : bytes.length;
    return { name, array: { dtype, shape, data_offsets: [start, end] }, bytes, start };
  });
  const facts = metadata === undefined ? [] : [["__metadata__", metadata] as const];
  const arrays = placed.map(({ name, array }) => [name, array] as const);
  const header = Buffer.from(JSON.stringify(Object.fromEntries<unknown>([...facts, ...arrays])));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(path, "w");
  try {
    await file.write(Buffer.concat([length, header]));
    for (const { bytes, start } of placed)
      if (typeof bytes !== "number") await file.write(bytes, 0, bytes.length, 8 + header.length + start);
    await file.truncate(8 + header.length + end);
  } finally {
    await file.close();
  }
}

import { createHash } from "node:crypto";
import { z } from "zod";

/** Bytes of a value of each type that is read. */
export const BYTES: ReadonlyMap<string, number> = new Map(
  Object.entries({ F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4 }),
);

const whole = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const arraySchema = z.object({
  dtype: z.string(),
  shape: z.array(whole),
  data_offsets: z.tuple([whole, whole]),
});

/** Where an array lies in the data of a file. */
export interface StoredArray extends z.infer<typeof arraySchema> {
  name: string;
}

export interface Header {
  /** In the order of their data. */
  arrays: StoredArray[];
  metadata: Record<string, string>;
}

/**
 * Checks the header of a safetensors file with so many bytes of data, as its format has it: arrays lie one after the other,
 * without a gap, to the end. `fail` is told what was expected, and throws.
 */
export function checkHeader(content: unknown, dataBytes: number, fail: (expected: string) => never): Header {
  if (typeof content !== "object" || content === null || Array.isArray(content)) fail("names of arrays");
  const { __metadata__: stored = {}, ...entries } = content as Record<string, unknown>;
  const metadata = z.record(z.string(), z.string()).safeParse(stored);
  if (!metadata.success) fail("texts in __metadata__");
  const arrays = Object.entries(entries).map(([name, entry]): StoredArray => {
    const array = arraySchema.safeParse(entry);
    if (!array.success) return fail(`dtype, shape and data_offsets for ${JSON.stringify(name)}`);
    return { name, ...array.data };
  });
  arrays.sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let end = 0;
  for (const { name, dtype, shape, data_offsets } of arrays) {
    const width = BYTES.get(dtype);
    if (width === undefined)
      return fail(`one of ${[...BYTES.keys()].join(", ")} for ${JSON.stringify(name)} but received ${dtype}`);
    const values = shape.reduce((product, side) => product * side, 1);
    if (data_offsets[0] !== end || data_offsets[1] - data_offsets[0] !== values * width)
      fail(`${values} values of ${dtype} at byte ${end} for ${JSON.stringify(name)}`);
    end = data_offsets[1];
    if (end > dataBytes) fail(`${end} bytes of arrays or more (the file is cut short: it has ${dataBytes})`);
  }
  if (end !== dataBytes) fail(`${end} bytes of arrays, which its header says, not ${dataBytes},`);
  return { arrays, metadata: metadata.data as Record<string, string> };
}

/** SHA-256 (hex) of the arrays: their names, types and shapes, and all their data; and of the metadata. */
export function digestOf({ arrays, metadata }: Header, data: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  const facts = arrays.map(({ name, dtype, shape }) => [name, dtype, shape]);
  hash.update(JSON.stringify([Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)), facts]));
  for (const bytes of data) hash.update(bytes);
  return hash.digest("hex");
}

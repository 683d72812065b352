import { createHash } from "node:crypto";
import { z } from "zod";
import { foreign } from "../foreign.js";

/** Bytes of a value of each type that the format has. */
export const BYTES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1, C64: 8 },
    ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
  }),
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
 * Checks the header of a safetensors file, as its format has it: arrays lie one after the other, without a gap. `end` is
 * where the last one ends in the data. `fail` is told the fault, and throws.
 */
export function checkHeader(content: unknown, fail: (fault: string) => never): Header & { end: number } {
  if (typeof content !== "object" || content === null || Array.isArray(content))
    return fail("it is no list of arrays by name");
  const { __metadata__: stored = {}, ...entries } = content as Record<string, unknown>;
  const metadata = z.record(z.string(), z.string()).safeParse(stored);
  if (!metadata.success) return fail("__metadata__ has other values than texts");
  const arrays = Object.entries(entries).map(([name, entry]): StoredArray => {
    const array = arraySchema.safeParse(entry);
    if (!array.success)
      return fail(`${JSON.stringify(foreign(name))} lacks its dtype, shape or data_offsets`);
    return { name, ...array.data };
  });
  // Empty arrays lie at the same place: by name, as they are written, since JSON gives names that are numbers first.
  arrays.sort(
    (a, b) =>
      a.data_offsets[0] - b.data_offsets[0] ||
      a.data_offsets[1] - b.data_offsets[1] ||
      (a.name < b.name ? -1 : 1),
  );
  let end = 0;
  for (const { name, dtype, shape, data_offsets: offsets } of arrays) {
    const width = BYTES.get(dtype);
    if (width === undefined)
      return fail(
        `${JSON.stringify(foreign(name))} has the type ${foreign(dtype)}, which the format does not have`,
      );
    const values = shape.reduce((product, side) => product * side, 1);
    if (offsets[0] !== end || offsets[1] - offsets[0] !== values * width)
      return fail(
        `${JSON.stringify(foreign(name))} has ${values} values of ${dtype} but lies at bytes ${offsets[0]} to ${offsets[1]}, not from ${end} on`,
      );
    end = offsets[1];
  }
  return { arrays, metadata: metadata.data, end };
}

/** SHA-256 (hex) of the arrays: their names, types and shapes, and all their data; and of the metadata. */
export function digestOf({ arrays, metadata }: Header, data: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  const facts = arrays.map(({ name, dtype, shape }) => [name, dtype, shape]);
  hash.update(JSON.stringify([Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)), facts]));
  for (const bytes of data) hash.update(bytes);
  return hash.digest("hex");
}

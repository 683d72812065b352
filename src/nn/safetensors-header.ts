import { createHash, type Hash } from "node:crypto";
import { z } from "zod";
import { foreign } from "../text/foreign.js";
import { repeatedKey } from "./repeated-key.js";

/** Name of the digest in the metadata of the files that we write. */
export const DIGEST_KEY = "sslmem_sha256";
/** Data are read and written in pieces of this size, in bytes; a multiple of every type's. */
export const PIECE_BYTES = 4 * 2 ** 20;

/** Bits of a value of each type that the format has. */
const BITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    F64: 64,
    F32: 32,
    F16: 16,
    BF16: 16,
    C64: 64,
    F8_E4M3: 8,
    F8_E5M2: 8,
    F8_E8M0: 8,
    F8_E4M3FNUZ: 8,
    F8_E5M2FNUZ: 8,
    F6_E2M3: 6,
    F6_E3M2: 6,
    F4: 4,
    I64: 64,
    I32: 32,
    I16: 16,
    I8: 8,
    U64: 64,
    U32: 32,
    U16: 16,
    U8: 8,
    BOOL: 8,
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

/** What stands before the data of a file. */
export interface Header {
  /** In the order of their data. */
  arrays: StoredArray[];
  metadata: Record<string, string>;
}

/** Number of values of an array: 1 for a scalar. */
export const valuesOf = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((product, side) => product * side, 1);

/**
 * Reads the header of a safetensors file and checks it, as the format has it: every name once, and arrays one after the other,
 * without a gap. `end` is where the last one ends in the data. `fail` is told the fault, and throws.
 *
 * @param bytes the JSON text, in UTF-8
 */
export function parseHeader(
  bytes: Uint8Array,
  fail: (fault: string, cause?: unknown) => never,
): Header & { end: number } {
  let text: string;
  let content: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    content = JSON.parse(text);
  } catch (cause) {
    return fail("it is no JSON text", cause);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    return fail("it is no list of arrays by name");
  const repeated = repeatedKey(text);
  if (repeated !== null) return fail(`${JSON.stringify(repeated)} stands in it twice`);
  const { __metadata__: metadata, ...entries } = content as Record<string, unknown>;
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
    const bits = BITS.get(dtype);
    if (bits === undefined)
      return fail(
        `${JSON.stringify(foreign(name))} has the type ${foreign(dtype)}, which the format does not have`,
      );
    const values = valuesOf(shape);
    if (offsets[0] !== end || 8 * (offsets[1] - offsets[0]) !== values * bits)
      return fail(
        `${JSON.stringify(foreign(name))} has ${values} values of ${dtype} but lies at bytes ${offsets[0]} to ${offsets[1]}, not from ${end} on`,
      );
    end = offsets[1];
  }
  return { arrays, metadata: textsOf(metadata ?? {}, fail), end };
}

/** By hand, since a schema's record loses a key that is called __proto__. */
function textsOf(metadata: unknown, fail: (fault: string) => never): Record<string, string> {
  const isRecord = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  if (isRecord && Object.values(metadata).every((value) => typeof value === "string"))
    return metadata as Record<string, string>;
  return fail("__metadata__ has other values than texts");
}

/**
 * Begins the SHA-256 of a file's arrays: their names, types and shapes, and the metadata. All their data follow, in the order
 * of the file.
 */
export function beginDigest({ arrays, metadata }: Header): Hash {
  const facts = arrays.map(({ name, dtype, shape }) => [name, dtype, shape]);
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify([sorted, facts]));
}

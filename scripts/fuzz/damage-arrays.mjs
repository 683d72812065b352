// Damage to files of arrays: records, tensors, tables, kept columns and packed images.
import { jsonText, NAMES } from "./damage-text.mjs";
import { interesting, writeNumber } from "./mutate.mjs";

/** Magic number, type or a dimension of an IDX file. */
export function idx(random, bytes) {
  const copy = Buffer.from(bytes);
  const at = random.pick([0, 4, 8, 12].filter((place) => place + 4 <= copy.length));
  if (random.chance(0.5)) copy.writeUInt32BE(interesting(random) >>> 0, at);
  else copy[at + random.below(4)] = random.pick([0, 1, 2, 3, 8, 9, 0x0d, 0xff]);
  return copy;
}

/** Head, JSON or check sum of kept columns. */
export function columns(random, bytes) {
  const copy = Buffer.from(bytes);
  writeNumber(random, copy, random.pick([0, 8, 16 + random.below(64), copy.length - 1 - random.below(32)]));
  return copy;
}

/** The header of a safetensors file; its length is made good, most of the time. */
export function safetensors(random, bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = jsonText(random, bytes.toString("utf8", 8, 8 + length));
  let text = random.chance(0.3) ? jsonText(random, header) : header;
  if (random.chance(0.15))
    text = text.replace(
      /"(F32|F16|BF16|F64|I64)"/,
      `"${random.pick(["F32", "F16", "F8_E4M3", "BOOL", "U8", "I64", "C64", "f32"])}"`,
    );
  if (random.chance(0.1))
    text = text.replace("{", `{"${random.pick(NAMES)}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`);
  const encoded = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(
    random.chance(0.9)
      ? BigInt(encoded.length)
      : BigInt(interesting(random)) << BigInt(random.pick([0, 0, 31])),
  );
  return Buffer.concat([head, encoded, bytes.subarray(8 + length)]);
}

/** The footer of a Parquet file, or a head of a page, without its length being lost. */
export function parquet(random, bytes) {
  const copy = Buffer.from(bytes);
  const footer = copy.length - 8 - copy.readUInt32LE(copy.length - 8);
  const inFooter = random.chance(0.5);
  const [low, high] = inFooter ? [footer, copy.length - 9] : [4, footer - 1];
  for (let n = random.between(1, 3); n > 0; n--) {
    const at = random.between(low, Math.max(low, high));
    if (random.chance(0.5)) copy[at] ^= 1 << random.below(8);
    else copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  }
  return copy;
}

/** A number in the header or the index of a packed file. */
export function pack(random, bytes) {
  const copy = Buffer.from(bytes);
  const index = Number(copy.readBigUInt64LE(24));
  const inHeader = random.chance(0.4) || index + 16 > copy.length;
  const at = inHeader
    ? random.pick([0, 8, 12, 16, 24, 32])
    : index + 4 * random.below((copy.length - index) / 4);
  writeNumber(random, copy, at);
  return copy;
}

// Damage to image files where their formats keep numbers, chunks and boxes.
import { crc32 } from "node:zlib";
import { interesting, mutate, writeNumber } from "./mutate.mjs";

/** Chunks of a PNG, as [start, length of the body]. */
function pngChunks(bytes) {
  const chunks = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push([at, length]);
    at += 12 + length;
  }
  return chunks;
}

export function png(random, bytes, others) {
  const chunks = pngChunks(bytes);
  const [at, length] = random.pick(chunks);
  const whole = bytes.subarray(at, at + 12 + length);
  if (random.chance(0.2)) return Buffer.concat([bytes.subarray(0, at), whole, bytes.subarray(at)]); // twice
  if (random.chance(0.2)) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 12 + length)]);
  const type = random.chance(0.1)
    ? Buffer.from(random.pick(["IHDR", "PLTE", "tRNS", "acTL", "iCCP", "IEND", "zTXt"]))
    : whole.subarray(4, 8);
  const old = whole.subarray(8, 8 + length);
  const body = length > 0 ? mutate(random, old, others) : random.bytes(random.below(20));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body, crc32(type)));
  return Buffer.concat([bytes.subarray(0, at), head, type, body, sum, bytes.subarray(at + 12 + length)]);
}

/** A segment of a JPEG: its length, its marker or its contents. */
export function jpeg(random, bytes) {
  const copy = Buffer.from(bytes);
  const segments = [];
  for (
    let at = 2;
    at + 4 <= copy.length && copy[at] === 0xff && copy[at + 1] !== 0xda;
    at += 2 + copy.readUInt16BE(at + 2)
  )
    segments.push(at);
  const at = random.pick(segments);
  const length = copy.readUInt16BE(at + 2);
  if (random.chance(0.3)) copy.writeUInt16BE(interesting(random) & 0xffff, at + 2);
  else if (random.chance(0.2)) copy[at + 1] = random.between(0xc0, 0xff);
  else if (length > 2) writeNumber(random, copy, at + 4 + random.below(length - 2));
  return copy;
}

/** A chunk of a RIFF file: its length or its head. */
export function webp(random, bytes) {
  const copy = Buffer.from(bytes);
  const chunks = [];
  for (
    let at = 12;
    at + 8 <= copy.length;
    at += 8 + copy.readUInt32LE(at + 4) + (copy.readUInt32LE(at + 4) & 1)
  )
    chunks.push(at);
  const at = random.pick(chunks);
  if (random.chance(0.3)) copy.writeUInt32LE(interesting(random) >>> 0, random.pick([4, at + 4]));
  else if (at + 8 < copy.length)
    writeNumber(random, copy, at + 8 + random.below(Math.min(16, copy.length - at - 8)));
  return copy;
}

/** A byte or number of a GIF's head, colours, or blocks' heads. */
export function gif(random, bytes) {
  const copy = Buffer.from(bytes);
  const frame = copy.indexOf(0x2c, 13 + 3 * (2 << (copy[10] & 7)));
  const place =
    random.chance(0.5) && frame > 0
      ? frame + random.below(Math.min(12, copy.length - frame))
      : 6 + random.below(7);
  if (random.chance(0.5)) writeNumber(random, copy, place);
  else copy[place] ^= 1 << random.below(8);
  return copy;
}

/** A field of an entry of a TIFF's first directory: tag, type, count or value. */
export function tiff(random, bytes) {
  const copy = Buffer.from(bytes);
  const isBig = copy.readUInt16LE(2) === 43; // sharp writes the machine's byte order, little
  const directory = isBig ? Number(copy.readBigUInt64LE(8)) : copy.readUInt32LE(4);
  const [head, size] = isBig ? [8, 20] : [2, 12];
  const count = copy.readUInt16LE(directory);
  const at = directory + (random.chance(0.1) ? 0 : head + size * random.below(count) + random.below(size));
  if (at < copy.length) writeNumber(random, copy, at);
  return copy;
}

/** A number or a letter in the boxes of an AVIF file, which stand before the picture. */
export function avif(random, bytes) {
  const copy = Buffer.from(bytes);
  const data = copy.indexOf("mdat");
  const types = ["ftyp", "meta", "iprp", "ipco", "irot", "ispe", "pixi", "iloc", "iinf", "av1C"].map((type) =>
    copy.indexOf(type),
  );
  const type = random.pick(types.filter((place) => place >= 4));
  if (random.chance(0.4)) copy.writeUInt32BE(interesting(random) >>> 0, type - 4);
  else if (random.chance(0.2)) copy.write(random.pick(["irot", "imir", "free", "ipco", "avis"]), type);
  else writeNumber(random, copy, random.below(data > 0 ? data : copy.length));
  return copy;
}

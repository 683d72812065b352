// Damage that gets past a format's own checks: check sums are made good again, lengths changed where they stand.
import { crc32 } from "node:zlib";
import { interesting, mutate, writeNumber } from "./mutate.mjs";

/** A tar header's check sum, made good. */
export function sealTarHeader(bytes, at) {
  bytes.fill(0x20, at + 148, at + 156);
  let sum = 0;
  for (let i = at; i < at + 512; i++) sum += bytes[i];
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
}

/** Fields of a tar header: [offset, length]. */
const TAR_FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  time: [136, 12],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
};
const TAR_SIZES = [
  "00000000000",
  "77777777777",
  "00000001000",
  "-0000000001",
  "99999999999",
  "           ",
  "1e5",
  "0x10",
  "37777777777",
  "00000000001",
];
const TAR_NAMES = [
  "",
  ".",
  "..",
  "../../etc/x.png",
  "/abs.png",
  "a\\b.png",
  "a\nb.png",
  "\x1b[31mred.png",
  "__proto__.png",
  "é.png",
  "a/./b.png",
  `${"x".repeat(99)}`,
  "a.png/",
  "c/x.cls",
  "c/x.json",
];
const PAX = [
  "size=5",
  "size=-1",
  "size=1e3",
  "size=99999999999999999999",
  "path=",
  "path=../x.png",
  "path=a\0b.png",
  "size=NaN",
  "GNU.sparse.size=4",
];

const paxRecord = (text) => {
  let length = text.length + 3;
  while (`${length} ${text}\n`.length !== length) length++;
  return `${length} ${text}\n`;
};

function tar(random, bytes) {
  const copy = Buffer.from(bytes);
  const headers = [];
  for (let at = 0; at + 512 <= copy.length && copy[at] !== 0; ) {
    headers.push(at);
    at += 512 * (1 + Math.ceil(Number.parseInt(copy.toString("latin1", at + 124, at + 135), 8) / 512 || 0));
  }
  const at = random.pick(headers);
  const [start, length] = TAR_FIELDS[random.pick(Object.keys(TAR_FIELDS))];
  switch (random.below(6)) {
    case 0:
      copy.fill(0, at + 124, at + 136).write(random.pick(TAR_SIZES), at + 124, "latin1");
      break;
    case 1: // a size in base 256
      copy[at + 124] = random.pick([0x80, 0xff]);
      writeNumber(random, copy, at + 128);
      break;
    case 2:
      copy.fill(0, at, at + 100).write(random.pick(TAR_NAMES), at, 100, "utf8");
      break;
    case 3:
      copy[at + 156] = random.pick([..."01234567xgLKSVDAN\0Z"].map((c) => c.charCodeAt(0)));
      break;
    case 4: {
      // a member whose contents say how the next is to be read
      const text = Buffer.from(random.chance(0.8) ? paxRecord(random.pick(PAX)) : random.pick(PAX));
      const header = Buffer.from(copy.subarray(at, at + 512));
      header[156] = "x".charCodeAt(0);
      header.fill(0, 124, 136).write(text.length.toString(8).padStart(11, "0"), 124);
      sealTarHeader(header, 0);
      const body = Buffer.alloc(512);
      text.copy(body);
      return Buffer.concat([copy.subarray(0, at), header, body, copy.subarray(at)]);
    }
    default:
      random.bytes(length).copy(copy, at + start);
  }
  if (random.chance(0.95)) sealTarHeader(copy, at);
  return copy;
}

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

function png(random, bytes, others) {
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
function jpeg(random, bytes) {
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
function webp(random, bytes) {
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

/** Magic number, type or a dimension of an IDX file. */
function idx(random, bytes) {
  const copy = Buffer.from(bytes);
  const at = random.pick([0, 4, 8, 12].filter((place) => place + 4 <= copy.length));
  if (random.chance(0.5)) copy.writeUInt32BE(interesting(random) >>> 0, at);
  else copy[at + random.below(4)] = random.pick([0, 1, 2, 3, 8, 9, 0x0d, 0xff]);
  return copy;
}

/** A byte or number of a GIF's head, colours, or blocks' heads. */
function gif(random, bytes) {
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
function tiff(random, bytes) {
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
function avif(random, bytes) {
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

/** Head, JSON or check sum of kept columns. */
function columns(random, bytes) {
  const copy = Buffer.from(bytes);
  writeNumber(random, copy, random.pick([0, 8, 16 + random.below(64), copy.length - 1 - random.below(32)]));
  return copy;
}

const NUMBERS = [
  "-1",
  "0",
  "1e999",
  "1.5",
  "18446744073709551615",
  "9007199254740993",
  "null",
  '"3"',
  "true",
  "[]",
  "{}",
  "4294967296",
];
const NAMES = ["__proto__", "constructor", "toString", "", "__metadata__", "a\\u0000b", "hasOwnProperty"];

/** One token of a JSON text: a number, a name, a bracket. */
export function jsonText(random, text) {
  const tokens = [...text.matchAll(/-?\d[\d.e+-]*|"(?:[^"\\]|\\.)*"|[{}[\],:]|true|false|null/g)];
  if (tokens.length === 0) return text;
  const token = random.pick(tokens);
  const before = text.slice(0, token.index);
  const after = text.slice(token.index + token[0].length);
  if (/^-?\d/.test(token[0])) return before + random.pick(NUMBERS) + after;
  if (token[0].startsWith('"')) {
    const name = JSON.stringify(random.pick(NAMES)).replaceAll("\\\\u", "\\u");
    return before + (random.chance(0.7) ? name : random.pick(NUMBERS)) + after;
  }
  switch (random.below(3)) {
    case 0: // once more what came before it
      return before + text.slice(Math.max(0, token.index - random.between(1, 40)));
    case 1:
      return (
        before +
        random.pick(["[", "{", "]", "}", ",", ":", "null", "[".repeat(10000), '{"a":'.repeat(5000)]) +
        after
      );
    default:
      return before + after;
  }
}

/** The header of a safetensors file; its length is made good, most of the time. */
function safetensors(random, bytes) {
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
function parquet(random, bytes) {
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
function pack(random, bytes) {
  const copy = Buffer.from(bytes);
  const index = Number(copy.readBigUInt64LE(24));
  const inHeader = random.chance(0.4) || index + 16 > copy.length;
  const at = inHeader
    ? random.pick([0, 8, 12, 16, 24, 32])
    : index + 4 * random.below((copy.length - index) / 4);
  writeNumber(random, copy, at);
  return copy;
}

const YAML = [
  "epochs: &a [*a]\n",
  "a: &a [1]\nb: [*a,*a,*a,*a]\n",
  "<<: {epochs: 3}\n",
  "? [1, 2]\n: 3\n",
  "epochs: .nan\n",
  "epochs: .inf\n",
  "epochs: 1e400\n",
  "__proto__: {polluted: 1}\n",
  "constructor: 1\n",
  "epochs: !!binary aGk=\n",
  "epochs: !!js/function 'x'\n",
  "--- \nepochs: 1\n---\nepochs: 2\n",
  "epochs: 0x7fffffffffffffffff\n",
  "epochs: 12345678901234567890\n",
  "epochs: 2001-01-01\n",
  "epochs:\n  - 1\n  - 2\n",
  "views: |\n  text\n",
  "\tepochs: 1\n",
  "preset: [demo]\n",
  "preset: {a: 1}\n",
  "preset: null\n",
  "data: [a, b]\n",
  "%YAML 1.1\n---\nseed: 010\n",
  "seed: -0\n",
  "toString: 3\n",
  "'': 1\n",
  "null: 1\n",
  "1: 1\n",
  "\ufeffepochs: 1\n",
  "epochs: \u0000\n",
  "epochs: {value: 3}\n",
];

/** A line of settings more or less, or one of the texts that YAML readers stumble over. */
function yaml(random, bytes) {
  const lines = bytes.toString("utf8").split("\n");
  const at = random.below(lines.length);
  switch (random.below(6)) {
    case 0:
      lines.splice(at, 0, lines[random.below(lines.length)]);
      break;
    case 1:
      lines.splice(at, 0, random.pick(YAML));
      break;
    case 2:
      lines[at] = lines[at].replace(
        /:.*/,
        `: ${random.pick([...NUMBERS, ".nan", "yes", "~", "'", '"', "[", "{", "&a", "*a", "!!int x", "|", ">", "@", "%"])}`,
      );
      break;
    case 3:
      lines[at] = random.pick(["[", "{a: ", "- "]).repeat(random.pick([10, 1000, 5000]));
      break;
    case 4: {
      const bomb = Array.from(
        { length: 12 },
        (_, i) =>
          `x${i}: &x${i} [${Array(9)
            .fill(i === 0 ? "1" : `*x${i - 1}`)
            .join(",")}]`,
      );
      lines.splice(at, 0, bomb.join("\n"));
      break;
    }
    default:
      return Buffer.from(jsonText(random, lines.join("\n")));
  }
  return Buffer.from(lines.join("\n"));
}

const json = (random, bytes) => Buffer.from(jsonText(random, bytes.toString("utf8")));
const FORMATS = {
  tar,
  png,
  jpeg,
  webp,
  gif,
  tiff,
  avif,
  columns,
  idx,
  safetensors,
  parquet,
  pack,
  yaml,
  json,
};

/**
 * Damages a file of that format: half of the time in its structure, else anywhere; the result always differs from `bytes`.
 * A format that is not known, such as "raw", is damaged anywhere.
 */
export function damage(random, format, bytes, others) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const known = FORMATS[format];
    let out = bytes;
    if (known !== undefined && bytes.length > 32 && random.chance(0.6)) out = known(random, bytes, others);
    if (out === bytes || random.chance(0.15)) out = out.length > 0 ? mutate(random, out, others) : out;
    if (!bytes.equals(out)) return out;
  }
  return Buffer.alloc(0);
}

// Damage to tar files, whose headers get their check sums back.
import { writeNumber } from "./mutate.mjs";

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

export function tar(random, bytes) {
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

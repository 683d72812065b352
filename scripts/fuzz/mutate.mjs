// Damage that needs to know nothing of a format. Every function takes a generator (random.mjs) and bytes, and returns new
// bytes; the last one applies some of them.

const INTERESTING = [0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 511, 512, 1024, 4095, 32767, 32768, 65535, 65536];
const LARGE = [2 ** 20, 2 ** 24, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** A number that readers stumble over, below 2^32. */
export const interesting = (random) => random.pick(random.chance(0.6) ? INTERESTING : LARGE);

/** Writes one into `bytes` at a place of the caller's choice, 1 to 8 bytes wide, of either byte order. */
export function writeNumber(random, bytes, at, value = interesting(random)) {
  const width = Math.min(random.pick([1, 2, 4, 8]), bytes.length - at);
  const big = random.chance(0.5);
  let rest = BigInt(value);
  if (random.chance(0.1)) rest = (1n << 64n) - 1n - rest;
  for (let i = 0; i < width; i++) {
    bytes[at + (big ? width - 1 - i : i)] = Number(rest & 255n);
    rest >>= 8n;
  }
}

function range(random, bytes) {
  const start = random.below(bytes.length);
  const most = random.chance(0.7) ? 32 : bytes.length;
  return [start, Math.min(bytes.length, start + 1 + random.below(most))];
}

const changed = (bytes, change) => {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
};

const MUTATORS = [
  (random, bytes) =>
    changed(bytes, (copy) => {
      for (let n = random.between(1, 8); n > 0; n--) copy[random.below(copy.length)] ^= 1 << random.below(8);
    }),
  (random, bytes) =>
    changed(bytes, (copy) => {
      for (let n = random.between(1, 4); n > 0; n--)
        copy[random.below(copy.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
    }),
  (random, bytes) => changed(bytes, (copy) => writeNumber(random, copy, random.below(copy.length))),
  (random, bytes) => bytes.subarray(0, random.below(bytes.length)),
  (random, bytes) => {
    const [start, end] = range(random, bytes);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (random, bytes) => {
    const [start, end] = range(random, bytes);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  (random, bytes) => {
    const [start, end] = range(random, bytes);
    return changed(bytes, (copy) => copy.fill(random.pick([0, 0xff, 0x20]), start, end));
  },
  (random, bytes) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 16)), bytes.subarray(at)]);
  },
  (random, bytes, others) => {
    const other = random.pick(others);
    const end = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, end), other.subarray(random.below(Math.max(1, other.length)))]);
  },
];

/** One to three kinds of damage, one after the other. `others`: files to splice with. */
export function mutate(random, bytes, others) {
  let out = bytes;
  for (let n = random.pick([1, 1, 2, 3]); n > 0 && out.length > 0; n--)
    out = random.pick(MUTATORS)(random, out, others);
  return out;
}

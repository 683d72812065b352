import { valuesAt } from "../arrays.js";

/** Bits in which two hashes may differ. */
export const MOST_BITS = 4;
/** One band more than bits that may differ: two hashes agree wholly in at least one of them. [first bit, bits] */
const BANDS = [
  [0, 13],
  [13, 13],
  [26, 13],
  [39, 13],
  [52, 12],
] as const;
/** Beyond so many hashes that share a band, or images that share a hash, only a chain of pairs is given. */
const MOST_ALIKE = 50;
const MOST_IN_BAND = 5000;

/** Two images, by their place in the list of hashes, and the bits in which their hashes differ. */
export interface HashPair {
  first: number;
  second: number;
  distance: number;
}

/**
 * All pairs of 64-bit hashes that differ in at most 4 bits, first < second, without comparing each with each: hashes that
 * close agree in one of five bands. Of more than 50 images with one and the same hash each is paired with the first only,
 * and a band that more than 5000 different hashes share is passed over. Beside the pairs it holds some 20 bytes a hash.
 */
export function closeHashes(hashes: BigUint64Array): HashPair[] {
  const bands = bandsOf(hashes);
  const groups = equalHashes(bands);
  const found: HashPair[] = [];
  const add = (a: number, b: number, distance: number) =>
    found.push({ first: Math.min(a, b), second: Math.max(a, b), distance });
  for (let group = 0; group < groups.count; group++) {
    const members = groups.members(group);
    const head = groups.heads[group] ?? 0;
    if (members.length > MOST_ALIKE) for (const other of members.subarray(1)) add(head, other, 0);
    else for (const [i, a] of members.entries()) for (const b of members.subarray(i + 1)) add(a, b, 0);
  }
  for (const [a, b, distance] of closeDistinct(bands, groups)) {
    const [as, bs] = [groups.members(a), groups.members(b)];
    if (as.length * bs.length > MOST_ALIKE) add(as[0] as number, bs[0] as number, distance);
    else for (const x of as) for (const y of bs) add(x, y, distance);
  }
  return found.sort((x, y) => x.first - y.first || x.second - y.second);
}

/** The bands of every hash: for each band, its bits of all hashes. */
function bandsOf(hashes: BigUint64Array): Uint16Array[] {
  return BANDS.map(([start, bits]) =>
    Uint16Array.from(hashes, (hash) => Number(BigInt.asUintN(bits, hash >> BigInt(start)))),
  );
}

/** Images by hash: of each different hash the places that have it, ascending. */
interface HashGroups {
  count: number;
  /** The first place of each. */
  heads: Uint32Array;
  members(group: number): Uint32Array;
}

function equalHashes(bands: readonly Uint16Array[]): HashGroups {
  const n = (bands[0] as Uint16Array).length;
  const difference = (a: number, b: number) => {
    for (const band of bands) if (band[a] !== band[b]) return (band[a] as number) - (band[b] as number);
    return 0;
  };
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => difference(a, b) || a - b);
  const starts = order
    .map((_, at) => at)
    .filter((at) => at === 0 || difference(order[at - 1] as number, order[at] as number) !== 0);
  return {
    count: starts.length,
    heads: valuesAt(order, starts),
    members: (group) => order.subarray(starts[group], starts[group + 1] ?? n),
  };
}

/** The pairs of groups whose hashes differ in 1 to 4 bits, and in how many. */
function closeDistinct(bands: readonly Uint16Array[], groups: HashGroups): [number, number, number][] {
  const heads = groups.heads;
  const keys = bands.map((band) => valuesAt(band, heads));
  const pairs: [number, number, number][] = [];
  for (const [band, key] of keys.entries()) {
    const order = Uint32Array.from(heads.keys()).sort((a, b) => (key[a] as number) - (key[b] as number));
    for (let start = 0; start < order.length; ) {
      let end = start + 1;
      while (end < order.length && key[order[end] as number] === key[order[start] as number]) end += 1;
      if (end - start <= MOST_IN_BAND) compareAll(order.subarray(start, end), band);
      start = end;
    }
  }
  return pairs;

  function compareAll(members: Uint32Array, band: number): void {
    for (let i = 0; i < members.length; i++) {
      for (let j = i + 1; j < members.length; j++) {
        const [a, b] = [members[i] as number, members[j] as number];
        let distance = 0;
        let isNew = true;
        for (let other = 0; other < keys.length && distance <= MOST_BITS; other++) {
          const of = keys[other] as Uint16Array;
          const differing = (of[a] as number) ^ (of[b] as number);
          // Found already under the earlier band.
          if (differing === 0 && other < band) isNew = false;
          distance += bitsOf(differing);
        }
        if (isNew && distance <= MOST_BITS) pairs.push([a, b, distance]);
      }
    }
  }
}

function bitsOf(value: number): number {
  let bits = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

/** For each of n images, how many others it is joined to by pairs, directly or through others. */
export function clusterSizes(n: number, pairs: readonly Pick<HashPair, "first" | "second">[]): Uint32Array {
  const parent = Uint32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (const { first, second } of pairs) parent[root(first)] = root(second);
  const size = new Uint32Array(n);
  for (let i = 0; i < n; i++) size[root(i)] = (size[root(i)] as number) + 1;
  return Uint32Array.from({ length: n }, (_, i) => (size[root(i)] as number) - 1);
}

import test from "ava";
import { closeHashes, clusterSizes } from "../../src/facts/close-hashes.js";

/** 64-bit hashes out of a linear congruential generator. */
function hashes(n: number): bigint[] {
  let state = 12345n;
  const next = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return state >> 32n;
  };
  return Array.from({ length: n }, () => (next() << 32n) | next());
}
const bits = (value: bigint) => value.toString(2).replaceAll("0", "").length;

test("close hashes are those that comparing each with each finds", (t) => {
  const list = hashes(400);
  // Neighbours at 0 to 6 bits, spread over all bands.
  for (let i = 0; i < 120; i++) {
    let near = list[i] as bigint;
    for (let bit = 0; bit < i % 7; bit++) near ^= 1n << BigInt((bit * 13 + 11 * i) % 64);
    list.push(near);
  }
  const expected = comparingAll(list);
  t.true(expected.length > 70);
  t.deepEqual(closeHashes(BigUint64Array.from(list)), expected);
});

/** Every pair of close hashes, found by comparing each with each. */
function comparingAll(list: readonly bigint[]) {
  const pairs: { first: number; second: number; distance: number }[] = [];
  for (const [first, a] of list.entries())
    for (let second = first + 1; second < list.length; second++) {
      const distance = bits(a ^ (list[second] as bigint));
      if (distance <= 4) pairs.push({ first, second, distance });
    }
  return pairs;
}

test("images that share a hash are paired with each other and with all that are close to it", (t) => {
  const [a, b, c] = hashes(3) as [bigint, bigint, bigint];
  // 6 times a, mixed with 5 times its neighbour at one bit of the last band, twice b, once c; the highest bits, too.
  const near = a ^ (1n << 63n);
  const list = [a, near, b, a, c, near, a, a, near, b, near, a, near, a];
  t.deepEqual(closeHashes(BigUint64Array.from(list)), comparingAll(list));
});

test("a thousand images with one hash make a chain, not half a million pairs", (t) => {
  const hashes = new BigUint64Array(1001).fill(0xffn);
  hashes[1000] = 0xfen;
  const pairs = closeHashes(hashes);
  t.deepEqual(
    pairs,
    Array.from({ length: 1000 }, (_, i) => ({ first: 0, second: i + 1, distance: i === 999 ? 1 : 0 })),
  );
  t.deepEqual([...new Set(clusterSizes(1001, pairs))], [1000]);
});

test("a cluster counts the others that are reached, over several steps too", (t) => {
  const pairs = [
    { first: 0, second: 1 },
    { first: 1, second: 2 },
    { first: 4, second: 5 },
  ];
  t.deepEqual([...clusterSizes(6, pairs)], [2, 2, 2, 0, 1, 1]);
});

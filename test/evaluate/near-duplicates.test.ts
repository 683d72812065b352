import test from "ava";
import { closeHashes, clusterSizes } from "../../src/evaluate/facts/near-duplicates.js";

/** 64-bit hashes out of a linear congruential generator. */
function hashes(n: number): bigint[] {
  let state = 12345n;
  const next = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return state >> 32n;
  };
  return Array.from({ length: n }, () => (next() << 32n) | next());
}
const hex = (value: bigint) => value.toString(16).padStart(16, "0");
const bits = (value: bigint) => value.toString(2).replaceAll("0", "").length;

test("close hashes are those that comparing each with each finds", (t) => {
  const list = hashes(400);
  // Neighbours at 0 to 6 bits, spread over all bands.
  for (let i = 0; i < 120; i++) {
    let near = list[i] as bigint;
    for (let bit = 0; bit < i % 7; bit++) near ^= 1n << BigInt((bit * 13 + 11 * i) % 64);
    list.push(near);
  }
  const expected: unknown[] = [];
  for (let first = 0; first < list.length; first++)
    for (let second = first + 1; second < list.length; second++) {
      const distance = bits((list[first] as bigint) ^ (list[second] as bigint));
      if (distance <= 4) expected.push({ first, second, distance });
    }
  t.true(expected.length > 70);
  t.deepEqual(closeHashes(list.map(hex)), expected);
});

test("a thousand images with one hash make a chain, not half a million pairs", (t) => {
  const same = hex(0xffn);
  const pairs = closeHashes([...new Array(1000).fill(same), hex(0xfen)]);
  t.is(pairs.length, 1000);
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

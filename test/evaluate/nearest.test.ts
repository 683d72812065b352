import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { nearestDistances } from "../../src/evaluate/index.js";
import { EPSILON32, farthest } from "../close.js";

test.before(async () => {
  await openEngine({ device: "cpu" });
});

/** Hands rows over in blocks; each block's memory is spoilt as soon as the next one is asked for. */
function sourceOf(
  row: (place: number) => ArrayLike<number>,
  dim: number,
  size: number,
  asked: number[] = [],
) {
  return async function* (places: Uint32Array) {
    for (let start = 0; start < places.length; start += size) {
      const block = places.subarray(start, start + size);
      const values = new Float32Array(block.length * dim);
      for (const [i, place] of block.entries()) values.set(row(place), i * dim);
      asked.push(...block);
      yield { values, dim };
      values.fill(Number.NaN);
    }
  };
}

const [N, DIM] = [300, 5];
const VALUES = Float32Array.from({ length: N * DIM }, (_, i) => Math.sin(i * i * 0.37) + 0.1);
VALUES.set(VALUES.subarray(0, DIM), 7 * DIM); // image 7 is image 0 again
const row = (place: number) => VALUES.subarray(place * DIM, (place + 1) * DIM);

function comparingAll(references: Uint32Array): number[] {
  const unit = (place: number) => {
    const length = Math.hypot(...row(place));
    return [...row(place)].map((v) => v / length);
  };
  return Array.from({ length: N }, (_, place) =>
    Math.min(
      ...[...references]
        .filter((other) => other !== place)
        .map((other) => Math.hypot(...unit(place).map((v, d) => v - (unit(other)[d] as number)))),
    ),
  );
}

for (const [name, references] of [
  ["all images", Uint32Array.from({ length: N }, (_, i) => (i * 7) % N)],
  ["some, in any order", Uint32Array.from({ length: 200 }, (_, i) => (i * 7) % N)],
  ["one of them", Uint32Array.of(7)],
] as const) {
  test(`nearest distances are those of comparing each with each, never to itself: ${name}`, async (t) => {
    const asked: number[] = [];
    const found = await nearestDistances(N, references, sourceOf(row, DIM, 128, asked));
    // The neighbour is chosen by a float32 cosine, a sum of 5 products of rounded units: one whose |u − v|² = 2 − 2 cos is
    // larger by up to 2 · 2 · 10 ε may be taken for the nearest. The distance itself is float64, rounded once.
    const squared = (x: ArrayLike<number>) => Array.from(x, (v) => v * v);
    const expected = comparingAll(references);
    const isLone = references.length === 1;
    if (isLone) t.true(Number.isNaN(found[7]));
    const known = (x: ArrayLike<number>) => squared(x).filter((_, place) => !(isLone && place === 7));
    t.is(farthest(known(found), known(expected), 40 * EPSILON32, 2 * EPSILON32), null);
    t.is(found[0], 0);
    t.deepEqual(
      asked.toSorted((a, b) => a - b),
      Array.from({ length: N }, (_, i) => i),
      "each row is asked for once",
    );
  });
}

test("the blocks and the references change nothing but where a row comes from", async (t) => {
  const references = Uint32Array.from({ length: 150 }, (_, i) => (i * 7) % N);
  const whole = await nearestDistances(N, references, sourceOf(row, DIM, N));
  t.deepEqual(await nearestDistances(N, references, sourceOf(row, DIM, 1)), whole);
  t.deepEqual(
    [...(await nearestDistances(N, new Uint32Array(0), sourceOf(row, DIM, 9)))],
    Array(N).fill(NaN),
  );
});

test("only the references' representations are kept", async (t) => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const held = () => {
    gc();
    return process.memoryUsage().arrayBuffers;
  };
  // 20 blocks of 256 KiB; the references are one of them.
  const [rows, dim, size] = [1280, 1024, 64];
  const before = held();
  let most = 0;
  const source = sourceOf(
    (place) => Float32Array.from({ length: dim }, (_, d) => Math.sin(place + d)),
    dim,
    size,
  );
  await nearestDistances(
    rows,
    Uint32Array.from({ length: size }, (_, i) => i * 20),
    async function* (places) {
      for await (const block of source(places)) {
        yield block;
        most = Math.max(most, held() - before);
      }
    },
  );
  const block = 4 * dim * size;
  t.true(most >= block, "the measure sees the references");
  t.true(most < 6 * block, `${most / block} blocks`);
});

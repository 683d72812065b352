import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { nearestDistances } from "../../src/evaluate/index.js";
import { EPSILON32, farthest } from "../close.js";

test("nearest distances are those of comparing each with each, never to itself", async (t) => {
  await openEngine({ device: "cpu" });
  const [n, dim] = [300, 5];
  const values = Float32Array.from({ length: n * dim }, (_, i) => Math.sin(i * i * 0.37) + 0.1);
  values.set(values.subarray(0, dim), 7 * dim); // image 7 is image 0 again
  const references = Uint32Array.from({ length: 200 }, (_, i) => i);
  const unit = (row: number) => {
    const x = values.subarray(row * dim, (row + 1) * dim);
    const length = Math.hypot(...x);
    return [...x].map((v) => v / length);
  };
  const expected = Array.from({ length: n }, (_, row) =>
    Math.min(
      ...[...references]
        .filter((other) => other !== row)
        .map((other) => Math.hypot(...unit(row).map((v, d) => v - (unit(other)[d] as number)))),
    ),
  );
  // The neighbour is chosen by a float32 cosine, a sum of 5 products of rounded units: one whose |u − v|² = 2 − 2 cos is
  // larger by up to 2 · 2 · 10 ε may be taken for the nearest. The distance itself is float64, rounded once.
  const found = nearestDistances(values, dim, references);
  const squared = (x: ArrayLike<number>) => Array.from(x, (v) => v * v);
  t.is(farthest(squared(found), squared(expected), 40 * EPSILON32, 2 * EPSILON32), null);
  t.true(found[0] === 0 && found[7] === 0);
  t.true(nearestDistances(values.subarray(0, dim), dim, Uint32Array.of(0)).every(Number.isNaN));
});

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
  // |u − v|² = 2 − 2 cos, the cosine a float32 sum of 5 products of rounded units: √(2 · 10 ε) at distance 0.
  const found = nearestDistances(values, dim, references);
  t.is(farthest(found, expected, Math.sqrt(20 * EPSILON32)), null);
  t.is(farthest(found.subarray(100), expected.slice(100), 2e-5), null);
  t.true((found[0] as number) < 0.002 && (found[7] as number) < 0.002);
  t.true(nearestDistances(values.subarray(0, dim), dim, Uint32Array.of(0)).every(Number.isNaN));
});

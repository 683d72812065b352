// Alignment losses of representations on the device against the native core's.
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { alignmentOnDevice } from "../../src/engine/torch/device-alignment.js";
import { alignment, nativeDistances, purposes, randomNormal } from "../../src/native/index.js";
import { check, device, largestDifference } from "./report.js";

/** Both sum in float64; what differs is the order (native/core/cuda/alignment.h). */
const BOUND = 1e-5;
await openEngine({ engine: "torch", device, precision: "fp32" });
for (const [samples, views, dim] of [
  [37, 10, 512],
  [5, 4, 33],
] as const) {
  const key = { seed: 1, purpose: purposes.evaluation, epoch: 0, sample: dim, view: 0 };
  const values = randomNormal(key, new Float32Array(samples * views * dim));
  const x = tf.tensor2d(values, [samples * views, dim]);
  for (const distance of nativeDistances) {
    for (const scheme of ["pairs", "original", "disjoint"] as const) {
      const options = { distance, scheme, normalize: true, keepPairs: true };
      const expected = await alignment(values, samples, views, dim, options);
      const got = alignmentOnDevice(x, samples, views, options);
      const parts = ["loss", "standardError", "leaveOneOut", "pairs"] as const;
      const worst = Math.max(
        ...parts.map((part) => largestDifference(got[part] ?? [], expected[part] ?? [])),
      );
      // Distances of unit vectors are 2 at most, but l1's grow with the square root of the dimension.
      const bound = distance === "l1" ? BOUND * Math.sqrt(dim) : BOUND;
      check(`alignment ${distance}, ${scheme}, ${dim}`, worst <= bound, {
        difference: worst,
        bound,
        n: samples,
      });
    }
  }
}

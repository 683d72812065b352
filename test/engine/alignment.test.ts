import test from "ava";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { alignmentOnDevice, alignsOnDevice } from "../../src/engine/torch/device-alignment.js";
import { alignment, nativeDistances, viewSchemes } from "../../src/native/index.js";

// SSLMEM_ENGINES=tensorflow leaves the engine out of a checkout; then nothing here applies.
const absent = engineDriver("torch").missing();
const on = absent === null ? test.serial : test.serial.skip;

test.before(async () => {
  if (absent === null) await openEngine({ engine: "torch", device: "cpu", precision: "fp32" });
});

on("losses where the representations are have the bits of the native core's", async (t) => {
  for (const distance of nativeDistances) {
    for (const scheme of viewSchemes) {
      for (const [samples, views, dim, normalize, keepPairs] of [
        [1, 2, 1, true, true],
        [3, 6, 37, false, true],
        [5, 10, 130, true, false],
      ] as const) {
        const x = tf.randomNormal([samples * views, dim], 0, 1, "float32", views) as tf.Tensor2D;
        const options = { distance, scheme, normalize, keepPairs };
        const before = tf.memory().numTensors;
        const there = alignmentOnDevice(x, samples, views, options);
        t.is(tf.memory().numTensors, before, "left behind");
        const expected = await alignment((await x.data()) as Float32Array, samples, views, dim, options);
        t.deepEqual(there, expected, `${distance} ${scheme} ${samples} × ${views} × ${dim}`);
        x.dispose();
      }
    }
  }
});

on("a representation that is not finite is named", (t) => {
  const values = new Float32Array(2 * 3 * 4).fill(1);
  values[3 * 4 + 2 * 4 + 1] = Number.NaN;
  const error = t.throws(() => alignmentOnDevice(tf.tensor2d(values, [6, 4]), 2, 3));
  t.is((error as unknown as { code: string }).code, "NUMERIC");
  t.regex(error?.message ?? "", /sample 1, view 2, component 1/);
});

on("wrong shapes and names are refused", (t) => {
  const x = tf.ones([6, 4]) as tf.Tensor2D;
  t.throws(() => alignmentOnDevice(x, 2, 4), { message: /\[samples \* views, dim\]/ });
  t.throws(() => alignmentOnDevice(x, 2, 3, { distance: "far" as "l2" }), {
    message: /another distance than far/,
  });
  t.throws(() => alignmentOnDevice(x, 2, 3, { scheme: "disjoint" }), { message: /even number of views/ });
});

on("a CPU's scoring takes the native core", (t) => {
  t.false(alignsOnDevice(10));
});

import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import {
  batchNormTraining,
  batchNormTrainingPlain,
  relu,
  reluPlain,
  withoutGradient,
} from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { EPSILON32, farthest } from "../close.js";

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
});

const SHAPES = [
  [5, 7, 3, 6],
  [2, 1, 1, 1],
  [3, 17, 13, 19],
  [9, 4],
  [2, 31],
];

for (const shape of SHAPES) {
  test.serial(`training batch norm equals its plain twin, forward and gradients, on [${shape}]`, (t) => {
    const channels = shape[shape.length - 1] as number;
    const n = shape.reduce((a, b) => a * b, 1) / channels;
    const x = tf.randomNormal(shape, 1, 2, "float32", 1);
    const gamma = tf.randomNormal([channels], 1, 1, "float32", 2) as tf.Tensor1D;
    const beta = tf.randomNormal([channels], 0, 1, "float32", 3) as tf.Tensor1D;
    const w = tf.randomNormal(shape, 0, 1, "float32", 4);
    const gradients = (op: typeof batchNormTraining) =>
      tf.grads((a, b, c) =>
        tf.sum(tf.mul(op(a as tf.Tensor, b as tf.Tensor1D, c as tf.Tensor1D, 1e-5).y, w)),
      )([x, gamma, beta]);
    // Sums of n terms of size up to ~10, added in any order: n · eps · 10 at worst, √n · eps typically; then a division
    // by a deviation that may be as small as 0.05 with few values.
    const bound = 64 * Math.sqrt(n) * EPSILON32 * 20;
    for (const [i, fused] of gradients(batchNormTraining).entries()) {
      t.is(
        farthest(
          fused.dataSync(),
          (gradients(batchNormTrainingPlain)[i] as tf.Tensor).dataSync(),
          bound * 4,
          1e-4,
        ),
        null,
        ["x", "gamma", "beta"][i],
      );
    }
    const [fused, plain] = [
      batchNormTraining(x, gamma, beta, 1e-5),
      batchNormTrainingPlain(x, gamma, beta, 1e-5),
    ];
    for (const part of ["y", "mean", "variance"] as const) {
      t.is(farthest(fused[part].dataSync(), plain[part].dataSync(), bound, 1e-5), null, part);
    }
  });
}

test.serial("relu equals its plain twin, forward and gradient, at 0 and at odd sizes", (t) => {
  const x = tf.tensor([-1.5, 0, -0, 2, 1e-30, -1e-30, 7]);
  const w = tf.tensor([1, 2, 3, 4, 5, 6, 7]);
  t.deepEqual(relu(x).dataSync(), reluPlain(x).dataSync());
  const gradient = (op: (x: tf.Tensor) => tf.Tensor) =>
    tf
      .grad((a) => tf.sum(tf.mul(op(a), w)))(x)
      .dataSync();
  t.deepEqual(gradient(relu), gradient(reluPlain));
});

test.serial("what is made without gradient is a constant, and nothing on the way to it is kept", (t) => {
  const x = tf.tensor1d([0.5, -2, 3]);
  const made = (y: tf.Tensor) => {
    const before = tf.memory().numTensors;
    const constant = withoutGradient(() => tf.mul(tf.exp(tf.square(y)), tf.sin(y)));
    t.is(tf.memory().numTensors, before + 1);
    return constant;
  };
  const { value, grad } = tf.valueAndGrad((y) => tf.sum(tf.mul(made(y), y)))(x);
  const expected = [...x.dataSync()].map((y) => Math.exp(y * y) * Math.sin(y));
  t.is(farthest(grad.dataSync(), expected, 0, 1e-5), null);
  const sum = expected.reduce((all, one, i) => all + one * (x.dataSync()[i] as number), 0);
  t.is(farthest(value.dataSync(), [sum], 0, 1e-5), null);
});

test.serial("a second engine request that contradicts the running one is an engine error", async (t) => {
  await t.throwsAsync(openEngine({ engine: "torch" }), {
    name: "SslMemError",
    message: /already runs on "tensorflow"/,
  });
  await t.notThrowsAsync(openEngine({}));
});

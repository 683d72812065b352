// Values and gradients of the operations that training and scoring are made of, on one device; a process of its own, since
// an engine is opened once. Arguments: device, file for the JSON.
import { writeFileSync } from "node:fs";
import { openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";

const [device, file] = process.argv.slice(2) as [string, string];
await openEngine({ engine: "torch", device, precision: "fp32" });
// Numbers made on the host from a seed, so that both devices get the same.
const normal = (shape: number[], seed: number) => {
  let state = seed * 2654435761 + 1;
  const next = () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return (state + 0.5) / 4294967296;
  };
  const draw = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, draw), shape);
};

type Case = [name: string, shapes: number[][], terms: number, op: (...x: tf.Tensor[]) => tf.Tensor];
const four = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
const CASES: Case[] = [
  ["add", [[7, 13, 5], [5]], 1, (a, b) => tf.add(a as tf.Tensor, b as tf.Tensor)],
  [
    "matMul",
    [
      [67, 129],
      [129, 35],
    ],
    129,
    (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor),
  ],
  [
    "conv2d 3x3",
    [
      [5, 17, 13, 19],
      [3, 3, 19, 21],
    ],
    171,
    (x, w) => tf.conv2d(four(x), four(w), 1, "same"),
  ],
  [
    "conv2d 7x7 stride 2",
    [
      [3, 33, 31, 3],
      [7, 7, 3, 16],
    ],
    147,
    (x, w) => tf.conv2d(four(x), four(w), 2, "same"),
  ],
  [
    "conv2d 1x1 stride 2",
    [
      [3, 16, 16, 24],
      [1, 1, 24, 33],
    ],
    24,
    (x, w) => tf.conv2d(four(x), four(w), 2, "valid"),
  ],
  ["maxPool", [[3, 17, 15, 7]], 1, (x) => tf.maxPool(four(x), 3, 2, "valid")],
  ["avgPool", [[3, 16, 14, 7]], 4, (x) => tf.avgPool(four(x), 2, 2, "valid")],
  ["mean", [[9, 33, 31]], 1023, (x) => tf.mean(x as tf.Tensor, [1, 2])],
  ["softmax", [[33, 129]], 129, (x) => tf.softmax(x as tf.Tensor)],
  ["logSumExp", [[33, 129]], 129, (x) => tf.logSumExp(x as tf.Tensor, -1)],
  ["relu", [[9, 33, 31]], 1, (x) => ops.relu(x as tf.Tensor)],
  ["gelu", [[9, 33, 31]], 1, (x) => ops.gelu(x as tf.Tensor)],
  [
    "layerNorm",
    [[33, 65], [65], [65]],
    65,
    (x, g, b) => ops.layerNorm(x as tf.Tensor, g as tf.Tensor1D, b as tf.Tensor1D, 1e-6),
  ],
  [
    "attention",
    [
      [2, 3, 17, 16],
      [2, 3, 17, 16],
      [2, 3, 17, 16],
    ],
    17,
    (q, k, v) => ops.attention(four(q), four(k), four(v)),
  ],
  ["ntXent", [[66, 33]], 66, (z) => ops.ntXent(z as tf.Tensor2D, 0.5).loss],
  ...[false, true].flatMap((activate) =>
    [false, true].map((withResidual): Case => {
      const shape = [5, 9, 7, 67];
      const name = `batch norm${withResidual ? " + residual" : ""}${activate ? " + ReLU" : ""}`;
      const inputs = [shape, [67], [67], ...(withResidual ? [shape] : [])];
      return [
        name,
        inputs,
        315,
        (x, gamma, beta, residual) =>
          ops.batchNormActivation(four(x), gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-5, {
            activate,
            ...(residual && { residual: four(residual) }),
          }).y,
      ];
    }),
  ),
];

const results = CASES.map(([name, shapes, terms, op]) => {
  const inputs = shapes.map((shape, i) => normal(shape, i + 1));
  const value = op(...inputs);
  const weights = normal(value.shape, 99);
  const gradients = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(op(...x), weights)))(inputs);
  return { name, terms, values: [value, ...gradients].map((tensor) => [...tensor.dataSync()]) };
});
writeFileSync(file, JSON.stringify(results));

import test from "ava";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import { withPrecision } from "../../src/engine/ops/kernels.js";
import * as tf from "../../src/engine/tf.js";
import type { TorchBackend } from "../../src/engine/torch/backend.js";
import type { Precision } from "../../src/engine/types.js";
import { correlationTerms } from "../../src/methods/barlow-twins.js";
import { dinoLoss } from "../../src/methods/dino-loss.js";
import { infoNce } from "../../src/methods/moco.js";
import { spreadTerms } from "../../src/methods/vicreg.js";
import { EPSILON32, farthest } from "../close.js";

// The fused kernels in the bf16 precision, on inputs that are bf16 as a convolution's results are, against their plain twins
// in float32 on the very same values. What may differ is the rounding of results, and of products' operands, to bf16.
const on = engineDriver("torch").missing() === null ? test.serial : test.serial.skip;
/** Rounding unit of bf16: 8 significant bits. */
const EPSILON16 = 2 ** -9;

test.before(async () => {
  if (engineDriver("torch").missing() === null)
    await openEngine({ engine: "torch", device: "cpu", precision: "bf16" });
});

const random = (shape: number[], seed: number, mean = 0) => tf.randomNormal(shape, mean, 1, "float32", seed);

/** A tensor whose values are kept in bf16, out of a matrix product with 1. */
function half(x: tf.Tensor): tf.Tensor {
  const flat = tf.reshape(x, [x.size, 1]) as tf.Tensor2D;
  return tf.reshape(tf.matMul(flat, tf.ones([1, 1])), x.shape);
}

type Op = (...x: tf.Tensor[]) => tf.Tensor;

/** Largest magnitude of a tensor. */
const largest = (x: tf.Tensor) => tf.max(tf.abs(tf.cast(x, "float32"))).dataSync()[0] as number;

/**
 * Values and gradients of Σ w · op(x) with op in bf16 and its twin in float32; each may be off by `roundings` roundings to bf16
 * of the largest value.
 */
function compare(
  t: import("ava").ExecutionContext,
  inputs: tf.Tensor[],
  fused: Op,
  plain: Op,
  roundings: number,
) {
  const exact = inputs.map((x) => tf.tensor(x.dataSync(), x.shape));
  const reference = <T>(work: () => T): T => withPrecision("fp32", work);
  const expected = reference(() => plain(...exact));
  const near = (actual: tf.Tensor, wanted: tf.Tensor, what: string) =>
    t.is(farthest(actual.dataSync(), wanted.dataSync(), roundings * EPSILON16 * largest(wanted)), null, what);
  near(fused(...inputs), expected, "value");
  const w = random(expected.shape, 9);
  const gradients = (op: Op, at: tf.Tensor[]) => tf.grads((...x) => tf.sum(tf.mul(op(...x), w)))(at);
  const wanted = reference(() => gradients(plain, exact));
  for (const [i, gradient] of gradients(fused, inputs).entries())
    near(gradient, wanted[i] as tf.Tensor, `gradient of input ${i}`);
}

for (const shape of [
  [5, 7, 3, 6],
  [3, 17, 13, 19],
  [67, 33],
]) {
  for (const withResidual of [false, true]) {
    on(`bf16: batch norm${withResidual ? " + residual" : ""} equals its twin on [${shape}]`, (t) => {
      const channels = shape.at(-1) as number;
      const [x, residual] = [half(random(shape, 1, 3)), half(random(shape, 4))];
      const [gamma, beta] = [random([channels], 2, 1), random([channels], 3)];
      const call =
        (op: typeof ops.batchNormActivation): Op =>
        (...v) =>
          op(v[0] as tf.Tensor, v[1] as tf.Tensor1D, v[2] as tf.Tensor1D, 1e-5, { residual: v[3] }).y;
      const inputs = withResidual ? [x, gamma, beta, residual] : [x, gamma, beta];
      // Statistics are float32; y, dy on its way in, and dx are rounded once each.
      compare(t, inputs, call(ops.batchNormActivation), call(ops.batchNormActivationPlain), 4);
      const out = ops.batchNormTraining(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-5);
      const exact = tf.tensor(x.dataSync(), x.shape);
      const twin = ops.batchNormTrainingPlain(exact, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-5);
      // Sums of n values around 3, in float32 or better.
      const bound = 64 * Math.sqrt(x.size / channels) * EPSILON32 * 10;
      for (const part of ["mean", "variance"] as const)
        t.is(farthest(out[part].dataSync(), twin[part].dataSync(), bound, 1e-5), null, part);
    });
  }
}

on("bf16: ReLU, GELU, layer norm and attention equal their twins", (t) => {
  const x = half(random([3, 5, 37], 1, 0.5));
  compare(t, [x], ops.relu as Op, ops.reluPlain as Op, 2);
  compare(t, [x], ops.gelu as Op, ops.geluPlain as Op, 4);
  const layer =
    (op: typeof ops.layerNorm): Op =>
    (a, b, c) =>
      op(a as tf.Tensor, b as tf.Tensor1D, c as tf.Tensor1D, 1e-5);
  compare(t, [x, random([37], 2, 0.5), random([37], 3)], layer(ops.layerNorm), layer(ops.layerNormPlain), 4);
  const qkv = [11, 13, 13].map((tokens, i) => half(random([2, 3, tokens, 8], 4 + i, 0.5)));
  // Scores and weights are rounded on their way through two products in each direction; the gradient of q and k is a
  // difference of such terms.
  compare(t, qkv, ops.attention as Op, ops.attentionPlain as Op, 16);
  const heads =
    (op: typeof ops.selfAttention): Op =>
    (a) =>
      op(a as tf.Tensor3D, 3);
  compare(
    t,
    [half(random([2, 11, 72], 7, 0.5))],
    heads(ops.selfAttention),
    heads(ops.selfAttentionPlain),
    16,
  );
  const dense = [half(random([2, 5, 7], 8)), random([7, 9], 9), random([9], 10)];
  compare(t, dense, ops.tokenLinear as Op, ops.tokenLinearPlain as Op, 8);
});

on("bf16: attention scores are float32", (t) => {
  // Scores of 200 and 200.5 over √4: bf16 has no number between 200 and 201, and both weights would be a half.
  const query = [10, 10, 1, 0];
  const keys = [
    [10, 10, 0, 0],
    [10, 10, 0.5, 0],
  ];
  const rows = keys.map((key, token) => [...query, ...key, token, 0, 0, 0]);
  const y = ops.selfAttention(half(tf.tensor3d([rows])) as tf.Tensor3D, 1).dataSync();
  t.is(
    farthest(
      [y[0] as number, y[4] as number],
      [1, 1].map(() => 1 / (1 + Math.exp(-0.25))),
      2 * EPSILON16,
    ),
    null,
  );
});

for (const [rows, dim] of [
  [26, 17],
  [2050, 5], // more than one tile of similarities
] as const) {
  on(`bf16: NT-Xent is float32 arithmetic on bf16 projections, [${rows}, ${dim}]`, (t) => {
    const z = half(random([rows, dim], rows)) as tf.Tensor2D;
    const exact = tf.tensor2d(z.dataSync(), [rows, dim]);
    const twin = withPrecision("fp32", () => ops.ntXentPlain(exact, 0.3).loss.dataSync()[0] as number);
    // The bound of float32 (torch.test.ts): a bf16 similarity would be off by 2⁻⁹ / 0.3.
    const loss = ops.ntXent(z, 0.3).loss.dataSync()[0] as number;
    t.true(Math.abs(loss - twin) < 32 * Math.sqrt(rows) * EPSILON32 * Math.abs(twin), `${loss}, ${twin}`);
  });
}

on("bf16: updates take bf16 gradients and keep float32 weights", (t) => {
  const shapes = [[7], [33, 5]];
  const gradients = shapes.map((shape, i) => half(random(shape, 20 + i)));
  const exact = gradients.map((g) => tf.tensor(g.dataSync(), g.shape));
  const variables = (seed: number) => shapes.map((shape, i) => tf.variable(tf.abs(random(shape, seed + i))));
  const near = (a: readonly tf.Tensor[], b: readonly tf.Tensor[], what: string) => {
    for (const [i, one] of a.entries())
      t.is(
        farthest(one.dataSync(), (b[i] as tf.Tensor).dataSync(), 64 * EPSILON32, 64 * EPSILON32),
        null,
        what,
      );
  };
  const [w, m, v, w2, m2, v2] = [
    variables(1),
    variables(3),
    variables(5),
    variables(1),
    variables(3),
    variables(5),
  ] as const;
  const twin = (update: (i: number) => void) => shapes.forEach((_, i) => void update(i));
  const at = <T>(list: readonly T[], i: number) => list[i] as T;
  const adam = { rate: 0.01, decay: 0.1, step: 1 };
  ops.adamwUpdate(w, m, v, gradients, adam);
  twin((i) => ops.adamwPlain(at(w2, i), at(m2, i), at(v2, i), at(exact, i), adam));
  near([...w, ...m, ...v], [...w2, ...m2, ...v2], "AdamW");
  const sgd = { rate: 0.1, momentum: 0.9, decay: 0.01 };
  ops.sgdUpdate(w, m, gradients, sgd);
  twin((i) => ops.sgdPlain(at(w2, i), at(m2, i), at(exact, i), sgd));
  near([...w, ...m], [...w2, ...m2], "SGD");
  ops.larsUpdate(w, m, gradients, { ...sgd, adapt: true });
  twin((i) => ops.larsPlain(at(w2, i), at(m2, i), at(exact, i), { ...sgd, adapt: true }));
  near([...w, ...m], [...w2, ...m2], "LARS");
  const [clipped, plain] = [ops.clipGradients(gradients, 0.5), ops.clipGradientsPlain(exact, 0.5)];
  near([...clipped.clipped, clipped.norm], [...plain.clipped, plain.norm], "clipping");
  ops.movingAverageUpdate(w, gradients, 0.1);
  twin((i) => at(w2, i).assign(tf.add(tf.mul(at(w2, i), 0.9), tf.mul(at(exact, i), 0.1)) as tf.Tensor));
  near(w, w2, "moving average");
});

on("bf16: what judges encoders is multiplied in float32", (t) => {
  const [a, b] = [random([9, 33], 1) as tf.Tensor2D, random([33, 5], 2) as tf.Tensor2D];
  const exact = withPrecision("fp32", () => tf.matMul(a, b)).dataSync();
  t.deepEqual(ops.matMul32(a, b).dataSync(), exact);
  t.not(farthest(tf.matMul(a, b).dataSync(), exact, 1e-4), null, "the ordinary product is rounded");
});

on("TF32, too, is not what judges encoders: products and their gradients ask for float32", (t) => {
  // A CPU has no TF32 to see a difference by.
  const backend = tf.backend() as TorchBackend;
  const [a, b] = [random([3, 4], 1), random([4, 2], 2)];
  const product = (x: tf.Tensor, y: tf.Tensor) => ops.matMul32(x as tf.Tensor2D, y as tf.Tensor2D);
  const asked = (precision: Precision) =>
    withPrecision(precision, () => {
      const seen: Precision[] = [];
      backend.withPrecision = (other, work) => {
        seen.push(other);
        return work();
      };
      try {
        tf.grads((x, y) => tf.sum(product(x, y)))([a, b]);
      } finally {
        Reflect.deleteProperty(backend, "withPrecision");
      }
      return seen;
    });
  t.deepEqual(asked("fp32"), []);
  for (const precision of ["tf32", "bf16"] as const)
    t.deepEqual(asked(precision), ["fp32", "fp32", "fp32"], precision);
});

/** Roundings to bf16 that come to 16 of float32's. */
const FLOAT32 = (16 * EPSILON32) / EPSILON16;

on("bf16: products in float32 have gradients in float32", (t) => {
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const a = half(random(transposeA ? [33, 9] : [9, 33], 1));
    const b = half(random(transposeB ? [5, 33] : [33, 5], 2));
    const product: (of: typeof tf.matMul) => Op = (of) => (x, y) =>
      of(x as tf.Tensor2D, y as tf.Tensor2D, transposeA, transposeB);
    compare(t, [a, b], product(ops.matMul32 as typeof tf.matMul), product(tf.matMul), FLOAT32);
  }
});

on("bf16: losses that compare images are float32 arithmetic on bf16 projections", (t) => {
  const tools = { tf, ops };
  const lifted = (of: (...x: tf.Tensor2D[]) => tf.Tensor): Op => {
    return (...x) => of(...(x.map((one) => ops.inFloat32(one)) as tf.Tensor2D[]));
  };
  const losses = {
    variance: (z: tf.Tensor2D) => spreadTerms(tools, z).variance,
    covariance: (z: tf.Tensor2D) => spreadTerms(tools, z).covariance,
    correlation: (z: tf.Tensor2D) => correlationTerms(tools, z, tf.mul(z, 0.5)).others,
    cosine: (z: tf.Tensor2D) => ops.unitRows(z),
    distributions: (z: tf.Tensor2D) => {
      const cosines = ops.matMul32(ops.unitRows(z), ops.unitRows(tf.reverse(z, 1)), false, true);
      const student = tf.div(cosines, 0.1) as tf.Tensor2D;
      return dinoLoss(tools, { student, teacher: tf.slice(student, 0, 16) as tf.Tensor2D }).loss;
    },
    contrast: (z: tf.Tensor2D) => {
      const q = ops.unitRows(z);
      return infoNce(tools, { q, keys: tf.reverse(q, 0), queue: tf.reverse(q, 1) }, 0.2).loss;
    },
  };
  for (const loss of Object.values(losses))
    compare(t, [half(random([24, 17], 3, 1))], lifted(loss), loss as unknown as Op, FLOAT32);
  const rounded = losses.cosine(half(random([24, 17], 3, 1)) as tf.Tensor2D).dataSync();
  const exact = losses.cosine(ops.inFloat32(half(random([24, 17], 3, 1)) as tf.Tensor2D)).dataSync();
  t.not(farthest(rounded, exact, 1e-4), null, "what is not lifted is rounded");
});

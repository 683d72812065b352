import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import { runNative } from "../../src/engine/ops/kernels.js";
import * as tf from "../../src/engine/tf.js";
import type { TorchBackend } from "../../src/engine/torch/backend.js";
import { EPSILON32, farthest } from "../close.js";
import { lossBounds, ROUNDING } from "./disturbance.js";

// SSLMEM_ENGINES=tensorflow leaves the engine out of a checkout; then nothing here applies, and one test says so.
const absent = engineDriver("torch").missing();
const on = absent === null ? test.serial : test.serial.skip;
const steps = fileURLToPath(new URL("./steps.js", import.meta.url));

interface Steps {
  losses: number[];
  tensors: number[];
  bytes: number[];
  weights: [string, number[]][];
}

async function train(
  engine: string,
  precision: string,
  count: number,
  optimizer = "sgd",
  rate = 0.02,
  jitter = 0,
): Promise<Steps> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [
    steps,
    engine,
    precision,
    String(count),
    optimizer,
    String(rate),
    String(jitter),
  ]);
  return JSON.parse(stdout) as Steps;
}

test.before(async () => {
  if (absent === null) await openEngine({ engine: "torch", device: "cpu", precision: "fp32" });
});

test.serial("a checkout has the torch engine unless SSLMEM_ENGINES left it out", (t) => {
  t.is(absent === null, (process.env.SSLMEM_ENGINES ?? "torch").includes("torch"));
});

/** Values and gradients of weighted sums of an operation's result, of the fused and of the plain one. */
function bothWays(
  t: import("ava").ExecutionContext,
  inputs: tf.Tensor[],
  fused: (...x: tf.Tensor[]) => tf.Tensor,
  plain: (...x: tf.Tensor[]) => tf.Tensor,
  bound: number,
) {
  const y = fused(...inputs);
  const w = tf.randomNormal(y.shape, 0, 1, "float32", 9);
  t.is(farthest(y.dataSync(), plain(...inputs).dataSync(), bound, bound), null, "value");
  const gradients = (op: (...x: tf.Tensor[]) => tf.Tensor) =>
    tf
      .grads((...x) => tf.sum(tf.mul(op(...x), w)))(inputs)
      .map((g) => g.dataSync());
  const expected = gradients(plain);
  for (const [i, gradient] of gradients(fused).entries())
    t.is(farthest(gradient, expected[i] as Float32Array, bound, bound), null, `gradient of input ${i}`);
}

for (const shape of [
  [5, 7, 3, 6],
  [2, 1, 1, 1],
  [3, 17, 13, 19],
  [9, 4],
  [67, 33],
]) {
  for (const activate of [false, true]) {
    for (const withResidual of [false, true]) {
      on(
        `torch: batch norm${withResidual ? " + residual" : ""}${activate ? " + ReLU" : ""} equals its twin on [${shape}]`,
        (t) => {
          const channels = shape[shape.length - 1] as number;
          const n = shape.reduce((a, b) => a * b, 1) / channels;
          const x = tf.randomNormal(shape, 3, 2, "float32", 1);
          const gamma = tf.randomNormal([channels], 1, 1, "float32", 2);
          const beta = tf.randomNormal([channels], 0, 1, "float32", 3);
          const residual = tf.randomNormal(shape, 0, 1, "float32", 4);
          const call =
            (op: typeof ops.batchNormActivation) =>
            (...v: tf.Tensor[]) =>
              op(v[0] as tf.Tensor, v[1] as tf.Tensor1D, v[2] as tf.Tensor1D, 1e-5, {
                activate,
                residual: v[3],
              }).y;
          const inputs = withResidual ? [x, gamma, beta, residual] : [x, gamma, beta];
          // As for the tensorflow engine's kernel (ops.test.ts): sums of n terms of size up to 10, and a division by a
          // deviation that may be as small as 0.05 with few values.
          const bound = 64 * Math.sqrt(n) * EPSILON32 * 20 * 4;
          bothWays(
            t,
            inputs,
            call(ops.batchNormActivation),
            call(ops.batchNormActivationPlain),
            Math.max(bound, 1e-4),
          );
          const [fused, plain] = [
            ops.batchNormTraining(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-5),
            ops.batchNormTrainingPlain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-5),
          ];
          for (const part of ["mean", "variance"] as const)
            t.is(farthest(fused[part].dataSync(), plain[part].dataSync(), bound, 1e-5), null, part);
        },
      );
    }
  }
}

for (const [rows, dim] of [
  [4, 3],
  [26, 17],
  [2050, 5], // more than one tile of similarities
] as const) {
  on(`torch: NT-Xent equals its twin on [${rows}, ${dim}]`, (t) => {
    const z = tf.randomNormal([rows, dim], 0, 1, "float32", rows);
    const of = (op: typeof ops.ntXent) => (x: tf.Tensor) => op(x as tf.Tensor2D, 0.3).loss as tf.Tensor;
    // A mean of sums of `rows` exponentials of at most e^(2/0.3): errors of √rows roundings, relative to the sum.
    bothWays(t, [z], of(ops.ntXent), of(ops.ntXentPlain), 32 * Math.sqrt(rows) * EPSILON32);
    t.is(
      ops.ntXent(z as tf.Tensor2D, 0.3).accuracy.dataSync()[0],
      ops.ntXentPlain(z as tf.Tensor2D, 0.3).accuracy.dataSync()[0],
    );
  });
}

on("torch: layer norm, GELU and attention equal their twins", (t) => {
  const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0.5, 1, "float32", seed);
  const [x, gamma, beta] = [random([3, 5, 37], 1), random([37], 2), random([37], 3)];
  const layer = (op: typeof ops.layerNorm) => (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    op(a, b as tf.Tensor1D, c as tf.Tensor1D, 1e-5);
  bothWays(t, [x, gamma, beta], layer(ops.layerNorm) as never, layer(ops.layerNormPlain) as never, 1e-4);
  // tfjs' erf is a polynomial good to 1.5e-7 (Abramowitz and Stegun 7.1.26); its gradient is exact.
  bothWays(t, [x], ops.gelu as never, ops.geluPlain as never, 4e-6);
  const qkv = [random([2, 3, 11, 8], 4), random([2, 3, 13, 8], 5), random([2, 3, 13, 8], 6)];
  bothWays(t, qkv, ops.attention as never, ops.attentionPlain as never, 2e-5);
  const heads = (op: typeof ops.selfAttention) => (x: tf.Tensor) => op(x as tf.Tensor3D, 3);
  const tokens = [random([2, 11, 3 * 3 * 8], 7)];
  bothWays(t, tokens, heads(ops.selfAttention) as never, heads(ops.selfAttentionPlain) as never, 2e-5);
  const dense = [random([2, 5, 7], 8), random([7, 9], 9), random([9], 10)];
  bothWays(t, dense, ops.tokenLinear as never, ops.tokenLinearPlain as never, 2e-5);
});

on("torch: multi-tensor updates equal their twins, and leave clones as they were", (t) => {
  const variable = (seed: number, size: number) =>
    tf.variable(tf.randomNormal([size], 0, 1, "float32", seed));
  const sizes = [1, 7, 33];
  const [a, b] = [0, 1].map(() =>
    sizes.map((n) => [variable(n, n), variable(n + 1, n), variable(n + 2, n)] as const),
  ) as [
    (readonly [tf.Variable, tf.Variable, tf.Variable])[],
    (readonly [tf.Variable, tf.Variable, tf.Variable])[],
  ];
  const gradients = sizes.map((n) => tf.randomNormal([n], 0, 1, "float32", n + 5));
  const clone = tf.clone(a[1]?.[0] as tf.Variable);
  const before = clone.dataSync().slice();
  for (let step = 0; step < 3; step++) {
    const settings = { rate: 0.01, decay: 0.1, step };
    for (const [, , v] of [...a, ...b]) v.assign(tf.abs(v)); // second moments are never negative
    ops.adamwUpdate(
      a.map(([w]) => w),
      a.map(([, m]) => m),
      a.map(([, , v]) => v),
      gradients,
      settings,
    );
    for (const [i, [w, m, v]] of b.entries()) ops.adamwPlain(w, m, v, gradients[i] as tf.Tensor, settings);
    const momentum = { rate: 0.1, momentum: 0.9, decay: 0.01 };
    ops.sgdUpdate(
      a.map(([w]) => w),
      a.map(([, m]) => m),
      gradients,
      momentum,
    );
    for (const [i, [w, m]] of b.entries()) ops.sgdPlain(w, m, gradients[i] as tf.Tensor, momentum);
  }
  for (const [i, group] of a.entries())
    for (const [j, value] of group.entries())
      t.is(
        farthest(
          value.dataSync(),
          ((b[i] as readonly tf.Variable[])[j] as tf.Variable).dataSync(),
          64 * EPSILON32,
          64 * EPSILON32,
        ),
        null,
      );
  t.deepEqual(clone.dataSync(), before);
});

on("torch: moving averages are those of exact arithmetic", (t) => {
  const sizes = [1, 7, 1033];
  const running = sizes.map((n) => tf.variable(tf.randomNormal([n], 0, 1, "float32", n)));
  const exact = running.map((r) => Float64Array.from(r.dataSync()));
  const [updates, share] = [3, 0.1];
  let largest = Math.max(...exact.flatMap((r) => [...r].map(Math.abs)));
  for (let update = 0; update < updates; update++) {
    const values = sizes.map((n) => tf.randomNormal([n], 2, 3, "float32", 10 * n + update));
    ops.movingAverageUpdate(running, values, share);
    for (const [i, value] of values.entries())
      for (const [j, v] of value.dataSync().entries()) {
        largest = Math.max(largest, Math.abs(v));
        const r = exact[i]?.[j] as number;
        (exact[i] as Float64Array)[j] = r * (1 - share) + v * share;
      }
  }
  // Each factor and each product is rounded, and their sum: three roundings of the largest value for an update.
  const bound = 3 * updates * EPSILON32 * largest;
  for (const [i, r] of running.entries())
    t.is(farthest(r.dataSync(), exact[i] as Float64Array, bound), null, `${sizes[i]} values`);
});

on("both engines make the same gradients, and the same weights of them", async (t) => {
  const [torch, tensorflow, before] = await Promise.all([
    train("torch", "fp32", 1, "sgd", 1),
    train("tensorflow", "fp32", 1, "sgd", 1),
    train("tensorflow", "fp32", 1, "sgd", 0),
  ]);
  for (const [i, [name, values]] of torch.weights.entries()) {
    const start = before.weights[i]?.[1] as number[];
    if (name.includes("running")) continue;
    const change = (after: number[]) => after.map((v, j) => v - (start[j] as number));
    const [ours, theirs] = [change(values), change(tensorflow.weights[i]?.[1] as number[])];
    // Nine layers forward and back, of the largest entry.
    const largest = Math.max(...theirs.map(Math.abs));
    t.is(farthest(ours, theirs, 18 * ROUNDING * largest + EPSILON32), null, name);
  }
});

for (const [optimizer, rate] of [
  ["sgd", 0.005],
  ["adamw", 1e-4],
] as const) {
  on(`both engines take the same first 20 steps in float32 (${optimizer})`, async (t) => {
    const [torch, tensorflow, disturbed] = await Promise.all([
      train("torch", "fp32", 20, optimizer, rate),
      train("tensorflow", "fp32", 20, optimizer, rate),
      train("torch", "fp32", 20, optimizer, rate, ROUNDING),
    ]);
    t.is(torch.losses.length, 20);
    const bounds = lossBounds(torch.losses, disturbed.losses);
    for (const [step, loss] of torch.losses.entries()) {
      const bound = bounds[step] as number;
      const other = tensorflow.losses[step] as number;
      t.true(Math.abs(loss - other) < bound, `step ${step}: ${loss} and ${other}, bound ${bound}`);
      t.true(bound < loss / 30, `step ${step}: the bound says something: ${bound}`);
    }
  });
}

on("torch: bf16 trains to about the loss of float32, and memory is flat over 80 steps", async (t) => {
  const [bf16, fp32] = [await train("torch", "bf16", 40), await train("torch", "fp32", 80)];
  const late = (losses: number[]) => losses.slice(30, 40).reduce((sum, loss) => sum + loss, 0) / 10;
  t.true((bf16.losses[0] as number) > late(bf16.losses) + 0.3, "the loss falls");
  t.true(
    Math.abs(late(bf16.losses) - late(fp32.losses)) < 0.15,
    `${late(bf16.losses)} and ${late(fp32.losses)}`,
  );
  t.is(fp32.tensors[79], fp32.tensors[1]);
  t.is(fp32.bytes[79], fp32.bytes[1]);
});

on("torch: what it cannot do is an engine error with a sentence", async (t) => {
  await t.throwsAsync(openEngine({ engine: "torch", device: "cuda:0" }), {
    message: /already runs on "cpu"/,
  });
  t.throws(() => tf.tidy(() => tf.fill([2 ** 25, 2 ** 25], 1)), {
    name: "SslMemError",
    message: /^Not enough memory on cpu for Fill/,
  });
  t.throws(() => tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]))));
  t.throws(() => tf.tidy(() => tf.einsum("ij,jk->ik", tf.ones([2, 3]), tf.ones([4, 5]))), {
    message: /einsum.*size 4 for operand 1/,
  });
});

on("attention by its parts, which GPUs take, gives the results and gradients of ATen's fused one", (t) => {
  const shapes = [
    [2, 3, 7, 5],
    [2, 3, 11, 5],
    [2, 3, 11, 5],
    [2, 3, 7, 5],
  ] as const;
  const [q, k, v, dy] = shapes.map((shape, i) => tf.randomNormal([...shape], 0, 1, "float32", 40 + i)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const both = [false, true].map((byParts) => {
    const [y, logSum] = runNative("SslMemAttention", [q, k, v], { byParts }) as [tf.Tensor, tf.Tensor];
    const gradients = runNative("SslMemAttentionGrad", [dy, q, k, v, y, logSum], { byParts });
    return [y, logSum, ...gradients].map((x) => x.dataSync());
  }) as [Float32Array[], Float32Array[]];
  // Eleven exponentials and products of normal numbers, in an order of their own: some 20 roundings of numbers up to 10.
  const bound = 20 * 10 * EPSILON32;
  for (const [i, values] of both[1].entries())
    t.is(farthest(values, both[0][i] as Float32Array, bound, bound), null, `result ${i}`);
  const qkv = tf.randomNormal([2, 7, 3 * 2 * 5], 0, 1, "float32", 44);
  const dout = tf.randomNormal([2, 7, 2 * 5], 0, 1, "float32", 45);
  const self = [false, true].map((byParts) => {
    const attributes = { byParts, heads: 2 };
    const [y, logSum] = runNative("SslMemSelfAttention", [qkv], attributes) as [tf.Tensor, tf.Tensor];
    const [dqkv] = runNative("SslMemSelfAttentionGrad", [dout, qkv, y, logSum], attributes);
    return [y, logSum, dqkv as tf.Tensor].map((x) => x.dataSync());
  }) as [Float32Array[], Float32Array[]];
  for (const [i, values] of self[1].entries())
    t.is(farthest(values, self[0][i] as Float32Array, bound, bound), null, `self-attention, result ${i}`);
});

on("a call without a device of CUDA's in this build or machine is refused, and TF32 is off", (t) => {
  const { binding } = tf.backend() as TorchBackend;
  t.throws(() => binding.createTensor(new Float32Array(2), [2], "float32", "cuda:0"));
  t.throws(() => binding.beginGraph("cpu", []));
  t.throws(() => binding.replayGraph({} as never, []), { message: /Expected a graph/ });
  t.false(binding.describe().tf32);
});

on("variables are overwritten where they lie, as recorded steps need it, and their clones are not", (t) => {
  const variables = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.zeros([2, 1]))];
  const values = [tf.tensor1d([3, 4]), tf.tensor2d([[5], [6]])];
  const clone = tf.clone(variables[0] as tf.Tensor);
  ops.overwrite(variables, values);
  const places = variables.map(({ dataId }) => dataId);
  t.deepEqual([...clone.dataSync()], [1, 2]);
  ops.overwrite(variables, values);
  t.true(variables.every(({ dataId }, i) => dataId === places[i]));
  t.deepEqual(
    variables.map((x) => [...x.dataSync()]),
    [
      [3, 4],
      [5, 6],
    ],
  );
  values[0]?.dispose();
  t.deepEqual([...(variables[0] as tf.Tensor).dataSync()], [3, 4]);
});

import { readFileSync } from "node:fs";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { EPSILON32, farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";
import { optimizerOf } from "../train/step.js";

// Runs on each engine: on tensorflow the updates are their plain twins.
const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/torch/updates.json", import.meta.url).pathname, "utf8"),
);
const { momentum, weightDecay } = golden;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

interface Step {
  rate: number;
  norm: number | null;
  gradients: Record<string, number[]>;
  clipped: Record<string, number[]>;
  values: Record<string, number[]>;
}

for (const { clip, shapes, start, steps } of golden.lars) {
  test.serial(
    `four steps of LARS agree with its pseudo-code, gradients clipped at ${clip ?? "nothing"}`,
    (t) => {
      const names = Object.keys(shapes);
      const weights = new Map(names.map((n) => [n, tf.variable(tf.tensor(start[n], shapes[n]))]));
      const settings = { optimizer: "lars" as const, momentum, weightDecay, clipGradientNorm: clip };
      const optimizer = optimizerOf(weights, new Set(["w", "zero"]), settings);
      const before = tf.memory().numTensors;
      for (const [i, { rate, gradients, values }] of (steps as Step[]).entries()) {
        const given = Object.fromEntries(
          names.map((n) => [n, tf.tensor(gradients[n] as number[], shapes[n])]),
        );
        optimizer.apply(given, rate, i);
        tf.dispose(given);
        // Ten operations a step on values of size up to 3, and the golden file's nine digits.
        for (const n of names)
          t.is(
            farthest(
              (weights.get(n) as tf.Variable).dataSync(),
              values[n] as number[],
              10 * (i + 1) * EPSILON32 * 3,
              1e-6,
            ),
            null,
            `${n}, step ${i}`,
          );
      }
      t.is(tf.memory().numTensors, before, "nothing is left behind");
    },
  );

  if (clip !== null)
    test.serial(`gradients clipped at ${clip} are those of clip_grad_norm_`, (t) => {
      for (const { norm, gradients, clipped } of steps as Step[]) {
        const names = Object.keys(shapes);
        const given = names.map((n) => tf.tensor(gradients[n] as number[], shapes[n]));
        const result = ops.clipGradients(given, clip);
        // A norm of 28 values: their squares' sum within 28 roundings, halved by the root, and the division.
        t.true(Math.abs((result.norm.dataSync()[0] as number) / (norm as number) - 1) < 16 * EPSILON32);
        for (const [i, n] of names.entries())
          t.is(
            farthest(
              (result.clipped[i] as tf.Tensor).dataSync(),
              clipped[n] as number[],
              1e-9,
              24 * EPSILON32,
            ),
            null,
            n,
          );
      }
    });
}

const trials = [
  ...golden.forms.map((one: object) => ({ optimizer: "lars", momentum, ...one })),
  ...golden.adamw.map((one: object) => ({ optimizer: "adamw", ...one })),
];
for (const { shapes, start, steps, ...settings } of trials)
  test.serial(`three steps are those of their definition: ${Object.values(settings).join(" ")}`, (t) => {
    const names = Object.keys(shapes);
    const weights = new Map(names.map((n) => [n, tf.variable(tf.tensor(start[n], shapes[n]))]));
    const decayed = new Set(names.filter((n) => n !== "bias"));
    const optimizer = optimizerOf(weights, decayed, { weightDecay, ...settings });
    const before = tf.memory().numTensors;
    for (const [i, { rate, gradients, values }] of (steps as Step[]).entries()) {
      const given = Object.fromEntries(names.map((n) => [n, tf.tensor(gradients[n] as number[], shapes[n])]));
      optimizer.apply(given, rate, i);
      tf.dispose(given);
      // Some twenty operations a step on values of size up to 3, and the golden file's nine digits.
      for (const n of names) {
        const found = (weights.get(n) as tf.Variable).dataSync();
        const off = farthest(found, values[n] as number[], 20 * (i + 1) * EPSILON32 * 3, 1e-6);
        t.is(off, null, `${n}, step ${i}`);
      }
    }
    t.is(tf.memory().numTensors, before, "nothing is left behind");
  });

test.serial("gradients clipped each by itself are those of clip_grad_norm_, one at a time", (t) => {
  const { limit, shapes, gradients, clipped } = golden.each;
  const names = Object.keys(shapes);
  const given = names.map((n) => tf.tensor(gradients[n] as number[], shapes[n]));
  for (const clip of [ops.clipGradients, ops.clipGradientsPlain]) {
    const result = clip(given, limit, true);
    for (const [i, n] of names.entries())
      t.is(farthest((result.clipped[i] as tf.Tensor).dataSync(), clipped[n], 1e-9, 24 * EPSILON32), null, n);
    const whole = Math.sqrt(
      names.flatMap((n) => gradients[n] as number[]).reduce((sum, g) => sum + g * g, 0),
    );
    t.true(Math.abs((result.norm.dataSync()[0] as number) / whole - 1) < 16 * EPSILON32, "the norm of all");
  }
});

test.serial(
  "LARS and clipping equal their plain twins at odd sizes, and leave gradients as they were",
  (t) => {
    const sizes = [[1], [7], [33, 5], [3, 3, 2, 17]];
    const variables = (seed: number) =>
      sizes.map((shape, i) => tf.variable(tf.randomNormal(shape, 0, 1, "float32", seed + i)));
    const gradients = sizes.map((shape, i) => tf.randomNormal(shape, 0, 1, "float32", 20 + i));
    const before = gradients.map((g) => g.dataSync().slice());
    const kinds = [
      { adapt: true },
      { adapt: false },
      { adapt: true, form: "later", clip: true, trust: 1 },
      { adapt: false, form: "later" },
      { adapt: true, form: "solo", trust: 0.02 },
    ] as const;
    for (const kind of kinds) {
      const [w, v, w2, v2] = [variables(1), variables(5), variables(1), variables(5)];
      const settings = { rate: 0.7, momentum: 0.9, decay: 0.01, ...kind };
      for (let step = 0; step < 3; step++) {
        ops.larsUpdate(w, v, gradients, settings);
        for (const [i, one] of w2.entries())
          ops.larsPlain(one, v2[i] as tf.Variable, gradients[i] as tf.Tensor, settings);
      }
      // Norms of up to 306 values, then three steps of a few operations on values of size up to 10.
      for (const [i, one] of [...w, ...v].entries())
        t.is(
          farthest(
            one.dataSync(),
            ([...w2, ...v2][i] as tf.Variable).dataSync(),
            64 * EPSILON32 * 10,
            64 * EPSILON32,
          ),
          null,
        );
    }
    for (const limit of [0.5, 1e6]) {
      const [fused, plain] = [ops.clipGradients(gradients, limit), ops.clipGradientsPlain(gradients, limit)];
      for (const [i, g] of [...fused.clipped, fused.norm].entries())
        t.is(
          farthest(
            g.dataSync(),
            ([...plain.clipped, plain.norm][i] as tf.Tensor).dataSync(),
            1e-9,
            64 * EPSILON32,
          ),
          null,
        );
      const whole = Math.hypot(...fused.clipped.map((g) => Math.hypot(...g.dataSync())));
      t.true(limit === 0.5 ? Math.abs(whole - 0.5) < 64 * EPSILON32 : whole > 10, `norm after: ${whole}`);
    }
    t.deepEqual(
      gradients.map((g) => g.dataSync()),
      before,
    );
  },
);

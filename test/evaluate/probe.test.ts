// The linear probes beside plain loops, and a probe as a whole on representations whose answers are known.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import {
  chooseStrength,
  fitSgd,
  minimize,
  PAPER_SGD,
  probe,
  STRENGTHS,
  type TrainingSet,
} from "../../src/evaluate/index.js";
import { purposes, randomNormal, randomPermutation } from "../../src/native/index.js";
import { learningRateAt } from "../../src/train/index.js";
import { farthest } from "../close.js";

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
});

/** Classes around corners of a cube, `apart` deviations from the origin. */
function drawn(n: number, dim: number, classes: number, apart: number, seed: number): TrainingSet {
  const key = { seed, purpose: purposes.evaluation, epoch: 0, sample: 9, view: 9 };
  const values = randomNormal(key, new Float32Array(n * dim));
  const labels = Array.from({ length: n }, (_, i) => i % classes);
  for (const [i, label] of labels.entries())
    values[i * dim + label] = (values[i * dim + label] as number) + apart;
  return { values, dim, labels, classes };
}

test("L-BFGS finds the minimum of Rosenbrock's function and of an ill-conditioned quadratic", (t) => {
  const rosenbrock = minimize(
    (x) => {
      const [a, b] = x as unknown as [number, number];
      return {
        value: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
        gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
      };
    },
    Float64Array.of(-1.2, 1),
    { tolerance: 1e-9 },
  );
  t.true(rosenbrock.converged);
  // The smallest curvature at the minimum is 0.4.
  t.is(farthest(rosenbrock.x, [1, 1], 1e-8), null);
  t.true(rosenbrock.iterations < 100);
  const curvatures = Array.from({ length: 30 }, (_, i) => 10 ** (-2 + i / 10));
  const quadratic = minimize(
    (x) => ({
      value: curvatures.reduce((sum, c, i) => sum + (c / 2) * ((x[i] as number) - i) ** 2, 0),
      gradient: x.map((value, i) => (curvatures[i] as number) * (value - i)),
    }),
    new Float64Array(30),
    { tolerance: 1e-9 },
  );
  t.true(quadratic.converged);
  t.is(farthest(quadratic.x, [...curvatures.keys()], 1e-6), null);
  const flat = { value: 0, gradient: new Float64Array(2) };
  t.is(minimize(() => flat, new Float64Array(2)).iterations, 0);
  t.false(
    minimize((x) => ({ value: -(x[0] as number), gradient: Float64Array.of(-1) }), new Float64Array(1))
      .converged,
  );
});

test.serial("SGD is v ← m v + g, w ← w − η v over the batches of each epoch's order", (t) => {
  const train = drawn(23, 4, 3, 1.5, 1);
  const settings = { ...PAPER_SGD, epochs: 6, batch: 5, learningRate: 0.4, weightDecay: 0.02 };
  const ours = fitSgd(train, settings, 8);
  const [w, b] = [new Array<number>(12).fill(0), new Array<number>(3).fill(0)];
  const [vw, vb] = [new Array<number>(12).fill(0), new Array<number>(3).fill(0)];
  for (let epoch = 0; epoch < 6; epoch++) {
    const key = { seed: 8, purpose: purposes.evaluation, epoch, sample: 2, view: 0 };
    const order = randomPermutation(key, new Uint32Array(23));
    for (let step = 0; step < 4; step++) {
      const gw = w.map((value) => 0.02 * value);
      const gb = [0, 0, 0];
      for (const i of order.subarray(step * 5, step * 5 + 5)) {
        const x = train.values.subarray(i * 4, i * 4 + 4);
        const z = b.map((bias, c) =>
          x.reduce((sum, value, d) => sum + value * (w[d * 3 + c] as number), bias),
        );
        const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
        for (const [c, value] of z.entries()) {
          const error = (Math.exp(value) / total - Number(train.labels[i] === c)) / 5;
          gb[c] = (gb[c] as number) + error;
          for (const [d, input] of x.entries()) gw[d * 3 + c] = (gw[d * 3 + c] as number) + error * input;
        }
      }
      const rate = learningRateAt(epoch * 4 + step, 24, 0.1, 0.4);
      for (const [values, speed, gradient] of [
        [w, vw, gw],
        [b, vb, gb],
      ] as const) {
        for (const [i, g] of gradient.entries()) {
          speed[i] = 0.9 * (speed[i] as number) + g;
          values[i] = (values[i] as number) - rate * speed[i];
        }
      }
    }
  }
  // 24 steps of rate ≤ 0.4, momentum up to ten times, gradients good to 2^-22: 24 · 0.4 · 10 · 2.4e-7.
  t.is(farthest(ours.weights, w, 3e-5), null);
  t.is(farthest(ours.bias, b, 3e-5), null);
  t.true(w.some((value) => Math.abs(value) > 0.1));
  t.notDeepEqual(fitSgd(train, settings, 9).weights, ours.weights);
});

test.serial(
  "the strength of the penalty is chosen on held-out images: strong where there is little to learn",
  (t) => {
    // Six labels in a row per class number, so that they have nothing to do with 40 columns of noise.
    const noise = { ...drawn(120, 40, 2, 0, 2), labels: Array.from({ length: 120 }, (_, i) => (i >> 3) & 1) };
    const clear = drawn(120, 40, 2, 3, 3);
    const [weak, strong] = [chooseStrength(clear, 0), chooseStrength(noise, 0)];
    t.true(STRENGTHS.includes(weak as never) && STRENGTHS.includes(strong as never));
    // Scaled so that only a weak penalty lets the classifier use the one column that tells the classes apart.
    const tiny = { ...clear, values: clear.values.map((value) => value * 0.02) };
    t.true(chooseStrength(tiny, 0) >= 1e-2);
  },
);

test.serial("a probe of separable classes finds all of them, of random labels none, with intervals", (t) => {
  const options = {
    methods: ["sgd", "lbfgs", "knn"],
    classes: 4,
    rows: null,
    seeds: 2,
    c: null,
    neighbours: null,
  } as const;
  const [train, asked] = [drawn(200, 6, 4, 12, 4), drawn(80, 6, 4, 12, 5)];
  const tensors = tf.memory().numTensors;
  for (const { method, accuracies, over_seeds, over_test_images, parameters } of probe(
    train,
    asked,
    options,
  )) {
    t.deepEqual(accuracies, [1, 1], method);
    t.is(over_seeds, null);
    t.true(over_test_images[0] < 1 && over_test_images[0] > 0.9 && over_test_images[1] > 1 - 1e-12);
    if (method === "knn") t.is(parameters.k, 20);
    if (method === "lbfgs") t.is((parameters.c as number[]).length, 2);
  }
  t.is(tf.memory().numTensors, tensors);
  const shuffled = { ...asked, labels: Array.from(asked.labels, (_, i) => (i * 7 + (i >> 2)) % 4) };
  for (const { mean } of probe(train, shuffled, options)) t.true(Math.abs(mean - 0.25) < 0.2);
});

test.serial("rows draw each seed's training images; then seeds differ and have an interval", (t) => {
  const [train, asked] = [drawn(60, 5, 3, 1, 6), drawn(90, 5, 3, 1, 7)];
  const rows = [
    Uint32Array.from({ length: 12 }, (_, i) => i),
    Uint32Array.from({ length: 12 }, (_, i) => 30 + i),
  ];
  const base = { methods: ["knn"] as const, classes: 3, seeds: 2, c: 1, neighbours: 3 };
  const [both] = probe(train, asked, { ...base, rows });
  const alone = rows.map((own) => {
    const values = Float32Array.from(
      [...own].flatMap((row) => [...train.values.subarray(row * 5, row * 5 + 5)]),
    );
    const labels = [...own].map((row) => train.labels[row] as number);
    return probe({ values, labels, dim: 5 }, asked, { ...base, rows: null, seeds: 1 })[0]?.mean;
  });
  t.deepEqual(both?.accuracies, alone as number[]);
  t.not(alone[0], alone[1]);
  t.truthy(both?.over_seeds);
});

test("no images, or labels beyond the classes, are a USAGE error", (t) => {
  const options = { methods: ["knn"] as const, classes: 2, rows: null, seeds: 1, c: null, neighbours: null };
  const good = drawn(6, 3, 2, 1, 1);
  const empty = { ...good, values: new Float32Array(0), labels: [] };
  for (const [a, b] of [
    [empty, good],
    [good, empty],
    [good, { ...good, labels: [0, 1, 2, 0, 1, 0] }],
    [{ ...good, labels: [0, 1, -1, 0, 1, 0] }, good],
  ] as const)
    t.like(
      t.throws(() => probe(a, b, options)),
      { code: "USAGE" },
    );
});

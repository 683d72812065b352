// Limited alignment and the spread of the representation, against plain loops over the network's own features.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import type { Nets, Objective } from "../../src/methods/types.js";
import { importWeights, matchExactly } from "../../src/nn/index.js";
import { alignmentLimited, needsOfPair } from "../../src/train/alignment-limited.js";
import { TrainingModel } from "../../src/train/model.js";
import type { TrainRecipe } from "../../src/train/types.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "./helpers.js";

const IMAGES = 4;
const PIXELS = 16 * 16 * 3;
const network = networkNamed("resnet9");

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** View k of image i, whichever batch it is in. */
const view = (i: number, k: number) =>
  Float32Array.from({ length: PIXELS }, (_, p) => Math.sin(p * (1 + i) + 0.3 * k * Math.cos(p)));

/** The batches that a method's needs are filled with: views of an image are numbered one after the other. */
function batchesOf(counts: readonly number[]) {
  let first = 0;
  return counts.map((count) => {
    const data = new Float32Array(IMAGES * count * PIXELS);
    for (let i = 0; i < IMAGES; i++)
      for (let k = 0; k < count; k++) data.set(view(i, first + k), (i * count + k) * PIXELS);
    first += count;
    return { data, height: 16, width: 16 };
  });
}

/** Some steps of a method. */
function steps(changes: Partial<TrainRecipe>, count = 1, epoch = 0) {
  const widths = { projectorHidden: 8, projectorDim: 8, predictorHidden: 4 };
  const recipe: TrainRecipe = { ...RECIPE, ...widths, batch: IMAGES, weightDecay: 0, ...changes };
  const model = new TrainingModel(recipe, { classes: 3 });
  const start = snapshot(model.weights());
  const counts = model.needs.views.map((need) => need.count);
  const seen: { loss: number; metrics: Record<string, number> }[] = [];
  for (let step = 0; step < count; step++) {
    const batch = { views: batchesOf(counts), labels: Int32Array.of(0, 1, 2, 1) };
    const { loss, metrics } = model.step(batch, 0.05, { step, steps: count, epoch, epochs: 9 });
    const read = (x: tf.Scalar) => x.dataSync()[0] as number;
    seen.push({
      loss: read(loss),
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, x]) => [name, read(x)])),
    });
    tf.dispose([loss, ...Object.values(metrics)]);
  }
  const arrays = snapshot(model.weights());
  model.dispose();
  return { ...(seen.at(-1) as (typeof seen)[number]), arrays, start, counts };
}

/** Unit representations of a batch, by the statistics of the batch itself. */
function unitRows(start: ReturnType<typeof snapshot>, { data }: { data: Float32Array }): number[][] {
  const own = new Map(network.parameters.map(({ name }) => [name, start.get(name) as never]));
  const weights = importWeights(
    network.parameters,
    matchExactly(network.parameters, own, "start", "resnet9"),
  );
  const rows = tf.tidy(() => {
    const views = tf.tensor4d(data, [data.length / PIXELS, 16, 16, 3]);
    return network.forward(views, { weights, training: true }).pooled.arraySync();
  });
  for (const weight of weights.values()) weight.dispose();
  return rows.map((row) => {
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    return row.map((x) => x / norm);
  });
}

function angle(a: readonly number[], b: readonly number[]): number {
  return Math.acos(a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)) / Math.PI;
}

function spreadOf(rows: readonly (readonly number[])[]): number {
  const dim = (rows[0] as number[]).length;
  let sum = 0;
  for (let k = 0; k < dim; k++) {
    const column = rows.map((row) => row[k] as number);
    const mean = column.reduce((a, b) => a + b) / column.length;
    sum += Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length);
  }
  return (sum / dim) * Math.sqrt(dim);
}

/** Whether all arrays have the same bits, running statistics too. */
const isSame = (a: ReturnType<typeof snapshot>, b: ReturnType<typeof snapshot>) =>
  [...a].every(([name, { data }]) => {
    const others = b.get(name)?.data as Float32Array;
    return Buffer.compare(new Uint8Array(data.buffer), new Uint8Array(others.buffer)) === 0;
  });

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const near = (found: number | undefined, expected: number) =>
  Math.abs((found ?? Number.NaN) / expected - 1) < 1e-4;

/** First and second view of each image among the rows of the batches. */
const PAIRS: Record<string, (rows: number[][][]) => [number[], number[]][]> = {
  simclr: ([both]) =>
    Array.from({ length: IMAGES }, (_, i) => [both?.[2 * i], both?.[2 * i + 1]] as [number[], number[]]),
  byol: ([a, b]) => Array.from({ length: IMAGES }, (_, i) => [a?.[i], b?.[i]] as [number[], number[]]),
  supervised: ([a, b]) => Array.from({ length: IMAGES }, (_, i) => [a?.[i], b?.[i]] as [number[], number[]]),
};

for (const [method, pairsOf] of Object.entries(PAIRS))
  test.serial(
    `${method}: (1 − λ) L − λ d from its epoch on, nothing before it; d and the spread by plain loops`,
    (t) => {
      const plain = steps({ method });
      const limits = { method, alignmentWeight: 0.3, alignmentFrom: 2 };
      const limited = steps(limits, 1, 2);
      t.deepEqual(
        limited.counts,
        method === "simclr" ? [2] : [1, 1],
        "a second view is drawn where there is none",
      );
      const rows = batchesOf(limited.counts).map((batch) => unitRows(plain.start, batch));
      const pairs = pairsOf(rows);
      const distance = mean(pairs.map(([a, b]) => angle(a, b)));
      t.true(near(limited.metrics.alignment, distance), `${limited.metrics.alignment} for ${distance}`);
      t.true(near(limited.loss, 0.7 * plain.loss - 0.3 * distance), `${limited.loss}`);
      const spread = spreadOf(pairs.map(([a]) => a));
      t.true(near(limited.metrics.spread, spread), `${limited.metrics.spread} for ${spread}`);
      t.is(limited.metrics.spread, plain.metrics.spread);
      t.is(plain.metrics.alignment, undefined);
      const before = steps(limits, 1, 1);
      t.is(before.loss, plain.loss);
      t.true(isSame(before.arrays, plain.arrays));
      t.false(isSame(limited.arrays, plain.arrays));
    },
  );

test.serial("dino encodes both views of an image side by side, and its spread is of the first ones", (t) => {
  const { start, counts, metrics } = steps({
    method: "dino",
    policy: "dino-wide",
    localViews: 0,
    prototypes: 8,
  });
  t.deepEqual(counts, [1, 1]);
  const rows = batchesOf([2]).flatMap((batch) => unitRows(start, batch));
  const spread = spreadOf(Array.from({ length: IMAGES }, (_, i) => rows[2 * i] as number[]));
  t.true(near(metrics.spread, spread), `${metrics.spread} for ${spread}`);
});

test.serial("what is limited is alignment: views of an image come apart", (t) => {
  const after = (alignmentWeight: number) =>
    steps({ alignmentWeight, momentum: 0 }, 5).metrics.alignment as number;
  const [weak, strong] = [after(1e-6), after(0.9)];
  t.true(strong > 1.1 * weak, `${strong} and ${weak}`);
});

test.serial("views that a loss encodes with patches hidden, or not at all, are encoded whole for it", (t) => {
  const needs = {
    views: [
      { group: 2, count: 1 },
      { group: 0, count: 2 },
    ],
  };
  const recipe = { policy: "dino", imageSize: 32, alignmentWeight: 0.5, alignmentFrom: 0 };
  // Group 2 of the policy is smaller: the second view of its size has to be drawn.
  const all = needsOfPair(needs, recipe);
  t.deepEqual(all.views, [...needs.views, { group: 2, count: 1 }]);
  t.is(
    needsOfPair(
      {
        views: [
          { group: 0, count: 1 },
          { group: 1, count: 1 },
        ],
      },
      recipe,
    ).views.length,
    2,
  );
  const calls: [number, boolean][] = [];
  const nets = {
    encode: (x: tf.Tensor4D, { keep }: { keep?: tf.Tensor2D } = {}) => {
      calls.push([x.shape[0], keep !== undefined]);
      return { pooled: tf.reshape(tf.slice(x, [0, 0, 0, 0], [-1, 1, 1, 2]), [-1, 2]) };
    },
  } as unknown as Nets;
  const objective: Objective = {
    parameters: [],
    loss: ({ views }, { encode }) => {
      t.is(views.length, 2, "the method sees its own views only");
      encode(views[0], { keep: tf.zeros([2, 1], "int32") });
      return { loss: tf.scalar(1) };
    },
  };
  tf.tidy(() => {
    const of = (rows: number) => tf.randomUniform<tf.Rank.R4>([rows, 2, 2, 3], -1, 1, "float32", rows);
    const batch = { views: [of(2), of(4), of(2)] as const, labels: tf.tensor1d([], "int32"), noise: {} };
    const at = { "alignment weight": tf.scalar(0.5) };
    const { loss, metrics } = alignmentLimited(objective, needs, recipe).loss(batch as never, nets, at);
    t.deepEqual(calls, [
      [2, true],
      [2, false],
      [2, false],
    ]);
    const d = metrics?.alignment?.dataSync()[0] as number;
    t.true(d > 0 && d < 1);
    t.true(Math.abs((loss.dataSync()[0] as number) - (0.5 - 0.5 * d)) < 1e-6);
  });
});

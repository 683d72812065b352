// A batch that is measured by two processes, against the same batch as a whole.
import test from "ava";
import { alone, type Collective } from "../../src/engine/collective.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import type { ModelOptions, StepBatch } from "../../src/train/model.js";
import type { TrainRecipe } from "../../src/train/types.js";
import { testEngine } from "../engine-under-test.js";
import {
  after,
  batchOf,
  distance,
  FIRST,
  half,
  isLearned,
  isMean,
  keeper,
  LABELS,
  recipe,
  SECOND,
  SIDE,
  start,
  viewBatches,
} from "./measuring.js";
import { smooth } from "./toys.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** What a rank handed to the other one: rows and tensors to average, call by call. */
interface Handed {
  readonly rows: Float32Array[];
  readonly means: Float32Array[];
}

/** One of two ranks whose counterpart has been computed before, and handed over. What is not there yet is taken from itself. */
function rankOf(rank: number, other: Partial<Handed>): Collective & { handed: Handed } {
  const handed: Handed = { rows: [], means: [] };
  const copy = (x: tf.Tensor) => (x.dataSync() as Float32Array).slice();
  return {
    rank,
    size: 2,
    handed,
    gather(x) {
      const theirs = tf.tensor(other.rows?.[handed.rows.length] ?? copy(x), x.shape);
      handed.rows.push(copy(x));
      const [rows] = x.shape;
      // Both ranks compute the same loss of all rows, so that the sum over ranks is twice our own gradient.
      const gathered = tf.customGrad((y) => ({
        value: tf.concat(rank === 0 ? [y as tf.Tensor, theirs] : [theirs, y as tf.Tensor], 0),
        gradFunc: (dy) => tf.mul(tf.slice(dy as tf.Tensor, rank * rows, rows), 2),
      }));
      return gathered(x) as tf.Tensor2D;
    },
    mean: (tensors) =>
      tensors.map((x) => {
        const theirs = tf.tensor(other.means?.[handed.means.length] ?? copy(x), x.shape);
        handed.means.push(copy(x));
        return tf.div(tf.add(x, theirs), 2);
      }),
  };
}

/** A step of two ranks. */
function together(of: TrainRecipe, batches: readonly [StepBatch, StepBatch], options: ModelOptions = {}) {
  const run = (rank: 0 | 1, other: Partial<Handed>) => {
    const collective = rankOf(rank, other);
    return { ...after(of, batches[rank], { ...options, collective }), handed: collective.handed };
  };
  const [a, b] = [run(0, {}).handed, run(1, {}).handed];
  // The rows before the update do not depend on the other's; what is averaged does.
  const [c, d] = [run(0, { rows: b.rows }).handed, run(1, { rows: a.rows }).handed];
  return [run(0, { rows: b.rows, means: d.means }), run(1, { rows: a.rows, means: c.means })] as const;
}

/**
 * float32's unit roundoff times the root of the longest sum (16 views of 16 × 16 pixels), for each of some eight sums that a
 * gradient of `smooth` goes through, there and back. A gradient that is missing somewhere is off by a share of 1.
 */
const SMOOTH_ROUNDING = 2 ** -24 * Math.sqrt(16 * SIDE * SIDE) * 8;

/** Methods, and how many views of an image stand side by side. */
for (const [name, count, batchFor] of [
  ["supervised", 1, batchOf],
  ["simclr", 2, batchOf],
  ["vicreg", 1, viewBatches],
] as const)
  test.serial(`two ranks make the step of one with both batches: ${name}`, (t) => {
    const before = tf.memory().numTensors;
    const of: TrainRecipe = { ...recipe, method: name };
    const begin = start(of, smooth);
    const [zero, one] = together(
      { ...of, batch: 4 },
      [batchFor(FIRST, count, LABELS.slice(0, 4)), batchFor(SECOND, count, LABELS.slice(4))],
      { architecture: smooth },
    );
    t.deepEqual(one.arrays, zero.arrays, "both ranks have the same bits");
    t.deepEqual([one.loss, one.metrics], [zero.loss, zero.metrics]);
    const whole = after(of, batchFor([...FIRST, ...SECOND], count, LABELS), { architecture: smooth });
    const found = distance(whole.arrays, zero.arrays, begin, isLearned);
    t.true(found < SMOOTH_ROUNDING, `${found}`);
    t.true(distance(whole.arrays, zero.arrays, begin, isMean) < 1e-5);
    t.true(Math.abs(zero.loss - whole.loss) < 1e-5);
    t.is(zero.metrics.accuracy, whole.metrics.accuracy);
    const own = batchFor(FIRST, count, LABELS.slice(0, 4));
    const lonely = after({ ...of, batch: 4 }, own, { architecture: smooth, collective: alone });
    const apart = distance(whole.arrays, lonely.arrays, begin, isLearned);
    t.true(apart > 500 * SMOOTH_ROUNDING, `the distance tells: ${apart}`);
    t.is(tf.memory().numTensors, before, "tensors left behind");
  });

test.serial("Barlow Twins correlates over the images of all ranks", (t) => {
  const of: TrainRecipe = {
    ...recipe,
    method: "barlow-twins",
    batch: 4,
    lossScale: 0.5,
    redundancyWeight: 0.1,
  };
  // Other images on the second rank: with the same ones, correlations of the halves would be those of the whole.
  const [zero, one] = together(of, [viewBatches([0, 1, 2, 3]), viewBatches([4, 5, 6, 7])]);
  t.is(zero.loss, one.loss);
  const [z1, z2] = [0, 1].map((which) => {
    const rows = [zero, one].flatMap(({ handed }) => [...(handed.rows[which] as Float32Array)]);
    return columns(rows, 8);
  }) as [number[][], number[][]];
  let sum = 0;
  for (const [i, a] of z1.entries())
    for (const [j, b] of z2.entries()) {
      const c = a.reduce((total, x, k) => total + x * (b[k] as number), 0) / 8;
      sum += i === j ? (c - 1) ** 2 : 0.1 * c ** 2;
    }
  t.true(Math.abs(zero.loss / (0.5 * sum) - 1) < 1e-4, `${zero.loss} for ${0.5 * sum}`);
});

/** Columns of so many rows, with mean 0 and biased variance 1. */
function columns(values: readonly number[], rows: number): number[][] {
  const width = values.length / rows;
  return Array.from({ length: width }, (_, j) => {
    const column = values.filter((_, place) => place % width === j);
    const mean = column.reduce((sum, x) => sum + x, 0) / rows;
    const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows;
    return column.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
  });
}

test.serial(
  "ranks and parts together: rows that are carried are those of the first rank's parts, then of the second's",
  (t) => {
    const noise = (from: number) => ({ mask: Float32Array.from({ length: 12 }, (_, i) => (from + i) / 24) });
    const batches = [
      { ...batchOf([0, 1, 2, 3], 2, LABELS.slice(0, 4)), noise: noise(0) },
      { ...batchOf([4, 5, 6, 7], 2, LABELS.slice(4)), noise: noise(12) },
    ] as const;
    const [zero, one] = together({ ...half, accumulate: 2 }, batches, { method: keeper });
    const expected = Float32Array.from({ length: 24 }, (_, i) => i / 24);
    for (const { arrays } of [zero, one]) t.deepEqual(arrays.get("state.noise")?.data, expected);
    // Statistics are means over ranks, part by part.
    const alone0 = after({ ...half, accumulate: 2 }, batches[0], { method: keeper }).arrays;
    const alone1 = after({ ...half, accumulate: 2 }, batches[1], { method: keeper }).arrays;
    for (const [name, { data }] of zero.arrays) {
      if (isLearned(name) || name.startsWith("state.")) continue;
      const [a, b] = [alone0.get(name)?.data, alone1.get(name)?.data] as [Float32Array, Float32Array];
      const worst = data.reduce((most, value, i) => {
        const mean = ((a[i] as number) + (b[i] as number)) / 2;
        return Math.max(most, Math.abs(value - mean) / (Math.abs(mean) + 1e-3));
      }, 0);
      t.true(worst < 1e-5, `${name}: ${worst}`);
    }
  },
);

// A batch that is measured in parts, or by several processes, against the same batch as a whole.
import test from "ava";
import { alone, type Collective } from "../../src/engine/collective.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import { type Method, method } from "../../src/methods/types.js";
import { type Architecture, kit, type StoredTensor } from "../../src/nn/index.js";
import * as layers from "../../src/nn/layers.js";
import { valuesOf } from "../../src/settings/registry.js";
import { type ModelOptions, type StepBatch, TrainingModel } from "../../src/train/model.js";
import type { TrainRecipe } from "../../src/train/types.js";
import { EPSILON32, farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed, smallWidths } from "../networks.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";
import { smooth } from "./toys.js";

const SIDE = 16;
const PIXELS = SIDE * SIDE * 3;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** A view of an image, by its number. */
const view = (number: number) =>
  Float32Array.from({ length: PIXELS }, (_, i) => Math.sin(number * 7919 + i * (1 + (number % 5))));

/** Images by their numbers, each with `count` views, and their classes. */
function batchOf(numbers: readonly number[], count: number, labels: readonly number[] = []): StepBatch {
  const data = new Float32Array(numbers.length * count * PIXELS);
  for (const [place, number] of numbers.entries())
    for (let k = 0; k < count; k++) data.set(view(2 * number + k), (place * count + k) * PIXELS);
  return { views: [{ data, height: SIDE, width: SIDE }], labels: Int32Array.from(labels) };
}

type Arrays = ReadonlyMap<string, StoredTensor>;

/** The same with each view of an image in a batch of its own, for methods that look at views one by one. */
function viewBatches(numbers: readonly number[]): StepBatch {
  const views = [0, 1].map((k) => {
    const data = new Float32Array(numbers.length * PIXELS);
    for (const [place, number] of numbers.entries()) data.set(view(2 * number + k), place * PIXELS);
    return { data, height: SIDE, width: SIDE };
  });
  return { views };
}

/** The arrays after one step, and what it measured. */
function after(recipe: TrainRecipe, batch: StepBatch, options: ModelOptions = {}) {
  const model = new TrainingModel(recipe, { classes: 3, ...options });
  const result = stepOf(model, batch, 0.1, 0);
  const arrays = snapshot(model.weights());
  model.dispose();
  return { ...result, arrays };
}

const isLearned = (name: string) => !name.includes("running_");
const isMean = (name: string) => name.includes("running_mean");

/** Distance of some arrays of two models, as a share of what they changed by. */
function distance(a: Arrays, b: Arrays, start: Arrays, which: (name: string) => boolean): number {
  let [apart, moved] = [0, 0];
  for (const [name, { data }] of a) {
    if (!which(name)) continue;
    const [others, first] = [b.get(name), start.get(name)] as [StoredTensor, StoredTensor];
    for (const [i, value] of data.entries()) {
      apart += (value - (others.data[i] as number)) ** 2;
      moved += (value - (first.data[i] as number)) ** 2;
    }
  }
  return Math.sqrt(apart / moved);
}

const recipe = { ...RECIPE, method: "supervised", batch: 8, momentum: 0, weightDecay: 0 };
const half: TrainRecipe = { ...recipe, batch: 4 };
/**
 * Eight images of which the last four are the first four in another order, with other classes: a normalisation then has the
 * same statistics over either half as over all of them, so that all that is left of a difference is rounding.
 */
const FIRST = [0, 1, 2, 3];
const SECOND = [2, 0, 3, 1];
const LABELS = [0, 1, 2, 0, 1, 1, 0, 2];
const start = (of: TrainRecipe = recipe, architecture?: Architecture) => {
  const model = new TrainingModel(of, { classes: 3, ...(architecture && { architecture }) });
  const arrays = snapshot(model.weights());
  model.dispose();
  return arrays;
};

/** How far rounding takes a step: with its halves in the other order, which changes no sum. */
function roundingOf(whole: Arrays): number {
  const labels = [...LABELS.slice(4), ...LABELS.slice(0, 4)];
  const other = after(recipe, batchOf([...SECOND, ...FIRST], 1, labels));
  return distance(whole, other.arrays, start(), isLearned);
}

/** Times the rounding of one other order that are allowed: two results of other orders are each one such distance away. */
const ALLOWED = 8;

test.serial("parts have the gradient of the whole, and their statistics follow one another", (t) => {
  const before = tf.memory().numTensors;
  const whole = after(recipe, batchOf([...FIRST, ...SECOND], 1, LABELS));
  const rounding = roundingOf(whole.arrays);
  t.true(rounding > 0 && rounding < 1e-4, `${rounding}`);
  for (const accumulate of [2, 4, 8]) {
    // A part of one image has the statistics of another: only halves are those of the whole.
    const parts = after({ ...recipe, accumulate }, batchOf([...FIRST, ...SECOND], 1, LABELS));
    const found = distance(whole.arrays, parts.arrays, start(), isLearned);
    if (accumulate === 2) t.true(found <= ALLOWED * rounding, `${found}, rounding ${rounding}`);
    else t.true(found > 100 * rounding, "the distance tells");
    if (accumulate !== 2) continue;
    t.true(Math.abs(parts.loss - whole.loss) < 1e-5);
    t.is(parts.metrics.accuracy, whole.metrics.accuracy);
  }
  // Two different halves, one after the other: as two steps that learn nothing.
  const halves = [batchOf([0, 1, 2, 3], 1, [0, 1, 2, 0]), batchOf([4, 5, 6, 7], 1, [1, 1, 0, 2])] as const;
  const model = new TrainingModel(half, { classes: 3 });
  const losses = halves.map((one) => stepOf(model, one, 0, 0).loss);
  const twice = snapshot(model.weights());
  model.dispose();
  const all = batchOf([0, 1, 2, 3, 4, 5, 6, 7], 1, LABELS);
  const parts = after({ ...recipe, accumulate: 2 }, all);
  t.true(Math.abs(parts.loss - ((losses[0] as number) + (losses[1] as number)) / 2) < 1e-6);
  for (const [name, array] of twice) if (!isLearned(name)) t.deepEqual(parts.arrays.get(name), array, name);
  t.deepEqual(after({ ...recipe, accumulate: 1 }, all), after(recipe, all));
  t.is(tf.memory().numTensors, before, "tensors left behind");
});

/** One matrix for patches of 4 × 4 pixels, and their mean: no image is in another one's features. */
const bare: Architecture = {
  name: "bare",
  summary: "for tests",
  settings: {},
  minimumImageSize: SIDE,
  network: (image) => ({
    image,
    dim: 16,
    layers: [],
    parameters: layers.linearSpecs("embed", 48, 16),
    activations: () => 1,
    forward(x, context) {
      const cut = tf.transpose(tf.reshape(x, [-1, SIDE / 4, 4, SIDE / 4, 12]), [0, 1, 3, 2, 4]);
      const rows = tf.relu(layers.linear(tf.reshape(cut, [-1, 48]) as tf.Tensor2D, "embed", context));
      return { pooled: tf.mean(tf.reshape(rows, [-1, (SIDE / 4) ** 2, 16]), 1) as tf.Tensor2D };
    },
  }),
};

/** The same, and each view's representation is scaled by a number that is drawn for it. */
const drawing: Architecture = {
  ...bare,
  name: "drawing",
  network(...given) {
    const network = bare.network(...given);
    return {
      ...network,
      noise: 1,
      forward(x, context) {
        const { pooled } = network.forward(x, context);
        return { pooled: context.noise === undefined ? pooled : tf.mul(pooled, context.noise) };
      },
    };
  },
};

/** Views of an image in a step of a method, batch by batch. */
const VIEWS: Readonly<Record<string, readonly number[]>> = {
  supervised: [1],
  simclr: [2],
  moco: [1, 1],
  dino: [1, 1, 2],
};

test.serial("parts of any size have the whole's step where no image is in another one's term", (t) => {
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
  const own = {
    ...{ projectorNorm: false, queueSize: 16, keyMomentum: 0.5 },
    ...{ policy: "dino", localViews: 2, prototypes: 6, freezeLastLayer: 0 },
  };
  const numbersOf = (number: number, count: number) =>
    Array.from({ length: count }, (_, view) => 0.5 + 0.5 * Math.sin(number * 31 + view * 7) ** 2);
  const step = (method: string, accumulate: number, order = numbers) => {
    const labels = order.map((number) => number % 3);
    const counts = VIEWS[method] as number[];
    const views = counts.flatMap((count) => batchOf(order, count).views);
    const all = counts.reduce((sum, count) => sum + count);
    const encoder = Float32Array.from(order.flatMap((number) => numbersOf(number, all)));
    const batch = { views, labels: Int32Array.from(labels), noise: { encoder } };
    return after({ ...recipe, ...own, method, accumulate }, batch, { architecture: drawing });
  };
  const first = (method: string) => {
    const model = new TrainingModel({ ...recipe, ...own, method }, { classes: 3, architecture: drawing });
    const [arrays, { sampleWise }] = [snapshot(model.weights()), model];
    model.dispose();
    return { arrays, sampleWise };
  };
  for (const method of Object.keys(VIEWS)) {
    const { arrays, sampleWise } = first(method);
    const whole = step(method, 1);
    const apart = (other: Arrays) => distance(whole.arrays, other, arrays, (name) => name !== "state.queue");
    // An order may round as the other did; a sum over the patches of all images rounds by the root of their number at least.
    const least = EPSILON32 * Math.sqrt(numbers.length * (SIDE / 4) ** 2);
    const rounding = Math.max(apart(step(method, 1, [...numbers].reverse()).arrays), least);
    t.true(rounding < 1e-5, `${method}: ${rounding}`);
    for (const parts of [2, 4, 8]) {
      if (method === "simclr" && parts === 8) continue; // a part of one image has no negatives
      const { arrays: others } = step(method, parts);
      const found = apart(others);
      if (method === "moco") {
        const [queue, rows] = [others, whole.arrays].map((of) => of.get("state.queue")?.data);
        const off = farthest(queue as Float32Array, rows as Float32Array, 1e-6);
        t.is(off, null, "the newest keys in their order");
      }
      t.log(`${method} in ${parts}: ${found}, rounding ${rounding}`);
      if (sampleWise) t.true(found <= ALLOWED * rounding, `${parts}: ${found}, rounding ${rounding}`);
      else t.true(found > 100 * rounding, `${method} in ${parts} is another training: it is refused`);
    }
  }
});

/** Classes and noise of each image, and what is carried, end in the state. */
const keeper = method({
  name: "keeper",
  summary: "keeps what its loss was given",
  settings: {},
  defaults: {},
  labels: true,
  needs: () => ({ views: [{ group: 0, count: 2 }], noise: { mask: 3 } }),
  build: ({ dim, batch }) => ({
    parameters: layers.linearSpecs("head.fc", dim, 2),
    state: ["noise", "labels", "pixels", "batch"].map((name) => ({
      name: `state.${name}`,
      shape: [8, 3],
      layout: "same" as const,
      isLearned: false,
      isDecayed: false,
      initial: (_key: unknown, values: Float32Array) => values.fill(0),
    })),
    loss({ views: [x], labels, noise }, { encode, head }) {
      const rows = (values: tf.Tensor) => tf.tile(tf.reshape(values, [-1, 1]), [1, 3]);
      return {
        loss: tf.mean(tf.square(layers.linear(encode(x).pooled, "head.fc", head))),
        carry: {
          noise: noise.mask as tf.Tensor,
          labels: rows(tf.cast(labels, "float32")),
          pixels: rows(tf.slice(tf.reshape(x, [x.shape[0] / 2, -1]), [0, 0], [-1, 1])),
          batch: rows(tf.fill([labels.shape[0]], batch)),
        },
      };
    },
    after({ head }, carry) {
      for (const [name, x] of Object.entries(carry))
        if (x.shape[0] === 8) head.weights.get(`state.${name}`)?.assign(x);
    },
  }),
}) as Method;

/** The rows of the state of a keeper. */
const kept = (arrays: Arrays) => [...arrays].filter(([name]) => name.startsWith("state."));

test.serial(
  "parts have views, classes and numbers of their images; rows that they carry follow one another",
  (t) => {
    const noise = { mask: Float32Array.from({ length: 24 }, (_, i) => i / 24) };
    const batch = { ...batchOf([0, 1, 2, 3, 4, 5, 6, 7], 2, LABELS), noise };
    const whole = kept(after(recipe, batch, { method: keeper }).arrays);
    const data = (name: string, of: typeof whole) => of.find(([one]) => one === `state.${name}`)?.[1].data;
    t.deepEqual(data("noise", whole), noise.mask);
    t.deepEqual(data("labels", whole), Float32Array.from(LABELS.flatMap((label) => [label, label, label])));
    for (const accumulate of [2, 4]) {
      const parts = kept(after({ ...recipe, accumulate }, batch, { method: keeper }).arrays);
      for (const name of ["noise", "labels", "pixels"])
        t.deepEqual(data(name, parts), data(name, whole), name);
      t.deepEqual(new Set(data("batch", parts)), new Set([8 / accumulate]), "what the method was built for");
    }
  },
);

test.serial("a scalar that a loss carries is refused", (t) => {
  const scalar: Method = {
    ...keeper,
    build(...given) {
      const objective = keeper.build(...given);
      const loss: typeof objective.loss = (...of) => ({
        ...objective.loss(...of),
        carry: { noise: tf.scalar(0) },
      });
      return { ...objective, loss };
    },
  };
  const noise = { mask: new Float32Array(12) };
  const batch = {
    ...batchOf(
      FIRST,
      2,
      FIRST.map(() => 0),
    ),
    noise,
  };
  t.throws(() => after(half, batch, { method: scalar }), { message: /rows .*"noise"/ });
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

test("methods say whether each image has a term of its own in their loss", (t) => {
  const network = networkNamed("vit-tiny-4");
  const given = { network, dim: 8, encoder: [], classes: 3, batch: 4, epochs: 1, collective: alone };
  const says = (name: string) => {
    const method = getMethod(name);
    const settings = valuesOf(method.settings, smallWidths(method));
    return method.build(given, settings, kit).sampleWise ?? false;
  };
  const across = methodNames().filter((name) => !says(name));
  t.deepEqual(across, ["simclr", "barlow-twins", "vicreg"]);
});

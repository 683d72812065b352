// A batch that is measured in parts, against the same batch as a whole.
import test from "ava";
import { alone } from "../../src/engine/collective.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import type { Method } from "../../src/methods/types.js";
import { type Architecture, kit } from "../../src/nn/index.js";
import * as layers from "../../src/nn/layers.js";
import { valuesOf } from "../../src/settings/registry.js";
import { TrainingModel } from "../../src/train/model.js";
import { EPSILON32, farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed, smallWidths } from "../networks.js";
import { snapshot } from "../snapshot.js";
import {
  type Arrays,
  after,
  batchOf,
  distance,
  FIRST,
  half,
  isLearned,
  keeper,
  LABELS,
  recipe,
  SECOND,
  SIDE,
  start,
} from "./measuring.js";
import { stepOf } from "./step.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

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

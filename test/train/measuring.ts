// Batches, a step and distances for the tests that measure a step in parts and by several processes.
import * as tf from "../../src/engine/tf.js";
import { type Method, method } from "../../src/methods/types.js";
import type { Architecture, StoredTensor } from "../../src/nn/index.js";
import * as layers from "../../src/nn/layers.js";
import { type ModelOptions, type StepBatch, TrainingModel } from "../../src/train/model.js";
import type { TrainRecipe } from "../../src/train/types.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

export const SIDE = 16;
const PIXELS = SIDE * SIDE * 3;

/** A view of an image, by its number. */
const view = (number: number) =>
  Float32Array.from({ length: PIXELS }, (_, i) => Math.sin(number * 7919 + i * (1 + (number % 5))));

/** Images by their numbers, each with `count` views, and their classes. */
export function batchOf(
  numbers: readonly number[],
  count: number,
  labels: readonly number[] = [],
): StepBatch {
  const data = new Float32Array(numbers.length * count * PIXELS);
  for (const [place, number] of numbers.entries())
    for (let k = 0; k < count; k++) data.set(view(2 * number + k), (place * count + k) * PIXELS);
  return { views: [{ data, height: SIDE, width: SIDE }], labels: Int32Array.from(labels) };
}

export type Arrays = ReadonlyMap<string, StoredTensor>;

/** The same with each view of an image in a batch of its own, for methods that look at views one by one. */
export function viewBatches(numbers: readonly number[]): StepBatch {
  const views = [0, 1].map((k) => {
    const data = new Float32Array(numbers.length * PIXELS);
    for (const [place, number] of numbers.entries()) data.set(view(2 * number + k), place * PIXELS);
    return { data, height: SIDE, width: SIDE };
  });
  return { views };
}

/** The arrays after one step, and what it measured. */
export function after(recipe: TrainRecipe, batch: StepBatch, options: ModelOptions = {}) {
  const model = new TrainingModel(recipe, { classes: 3, ...options });
  const result = stepOf(model, batch, 0.1, 0);
  const arrays = snapshot(model.weights());
  model.dispose();
  return { ...result, arrays };
}

export const isLearned = (name: string) => !name.includes("running_");
export const isMean = (name: string) => name.includes("running_mean");

/** Distance of some arrays of two models, as a share of what they changed by. */
export function distance(a: Arrays, b: Arrays, start: Arrays, which: (name: string) => boolean): number {
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

export const recipe = { ...RECIPE, method: "supervised", batch: 8, momentum: 0, weightDecay: 0 };
export const half: TrainRecipe = { ...recipe, batch: 4 };
/**
 * Eight images of which the last four are the first four in another order, with other classes: a normalisation then has the
 * same statistics over either half as over all of them, so that all that is left of a difference is rounding.
 */
export const FIRST = [0, 1, 2, 3];
export const SECOND = [2, 0, 3, 1];
export const LABELS = [0, 1, 2, 0, 1, 1, 0, 2];
export const start = (of: TrainRecipe = recipe, architecture?: Architecture) => {
  const model = new TrainingModel(of, { classes: 3, ...(architecture && { architecture }) });
  const arrays = snapshot(model.weights());
  model.dispose();
  return arrays;
};

/** Classes and noise of each image, and what is carried, end in the state. */
export const keeper = method({
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

// What no registered method needs yet, by one that needs all of it: numbers for each image, a schedule inside of the loss,
// tensors for after the update, a copied state, parameters that stay as they are, and rules for LARS.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { type Method, method } from "../../src/methods/types.js";
import { TrainingModel } from "../../src/train/model.js";
import { StepStream } from "../../src/train/stream.js";
import type { TrainOptions } from "../../src/train/types.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { RECIPE, smallStore, trainOptions } from "./helpers.js";
import { stepOf } from "./step.js";

const DIM = 256;
const toy = method({
  name: "toy",
  summary: "everything at once",
  settings: {},
  defaults: {},
  needs: () => ({ views: [{ group: 0, count: 1 }], noise: { mask: 5 } }),
  build: ({ encoder }, _settings, { layers }) => ({
    parameters: layers.linearSpecs("head.fc", DIM, 5),
    state: encoder
      .filter(({ name }) => name === "conv1.weight")
      .map((spec) => ({ ...spec, name: "state.first", copyOf: spec.name, isLearned: false })),
    schedules: { weight: ({ step }) => step + 1 },
    rules: [
      { matches: ({ name }) => name === "conv1.weight", frozenSteps: () => 2 },
      { matches: ({ name }) => name === "head.fc.bias", rate: (_scheduled, peak) => 2 * peak },
    ],
    loss({ views: [x], noise }, { encode, head }, { weight }) {
      const y = layers.linear(encode(x).pooled, "head.fc", head);
      const product = tf.mean(tf.mul(y, noise.mask as tf.Tensor)) as tf.Scalar;
      return {
        loss: tf.mul(product, weight as tf.Scalar),
        carry: { noise: tf.reshape(tf.mean(noise.mask as tf.Tensor), [1]) },
      };
    },
    after({ head }, { noise }, { weight = 0 }) {
      const first = head.weights.get("state.first") as tf.Variable;
      first.assign(tf.mul(first, tf.mul(tf.mean(noise as tf.Tensor), weight)));
    },
  }),
}) as unknown as Method;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

test.serial("noise, schedules, carry, state and rules do what they say", (t) => {
  const before = tf.memory().numTensors;
  const recipe = { ...RECIPE, batch: 4, momentum: 0, weightDecay: 0, learningRate: 0.5 };
  const model = new TrainingModel(recipe, { method: toy });
  const start = snapshot(model.weights());
  const array = (of: typeof start, name: string) => of.get(name)?.data as Float32Array;
  t.deepEqual(array(start, "state.first"), array(start, "conv1.weight"));
  const mask = Float32Array.from({ length: 20 }, (_, i) => (i + 1) / 40);
  const mean = mask.reduce((sum, value) => sum + value, 0) / 20;
  const data = Float32Array.from({ length: 4 * 16 * 16 * 3 }, (_, i) => Math.sin(i));
  const batch = { views: [{ data, height: 16, width: 16 }], noise: { mask } };
  let factor = 1;
  for (let step = 0; step < 3; step++) {
    const was = snapshot(model.weights());
    const rate = 0.01;
    stepOf(model, batch, rate, step);
    const now = snapshot(model.weights());
    const moved = (name: string) => array(now, name).some((value, i) => value !== array(was, name)[i]);
    t.is(moved("conv1.weight"), step >= 2, `step ${step}`);
    t.true(moved("conv2.weight"));
    // The gradient of the bias is the schedule's weight times the mean mask of its column over 5; its rate is twice the peak.
    for (let column = 0; column < 5; column++) {
      const ofColumn = [0, 1, 2, 3].reduce((sum, row) => sum + (mask[5 * row + column] as number), 0);
      const change =
        (array(now, "head.fc.bias")[column] as number) - (array(was, "head.fc.bias")[column] as number);
      const expected = (-2 * recipe.learningRate * (step + 1) * ofColumn) / 20;
      t.true(Math.abs(change - expected) < 1e-6, `${change} for ${expected}`);
    }
    factor *= mean * (step + 1);
    const [is, was0] = [array(now, "state.first")[7] as number, array(start, "state.first")[7] as number];
    t.true(Math.abs(is / (was0 * factor) - 1) < 1e-5, `${is} for ${was0 * factor}`);
  }
  model.dispose();
  t.is(tf.memory().numTensors, before, "nothing is left behind");
});

test.serial(
  "numbers for images depend on seed, epoch and image, not on the batch or its order",
  async (t) => {
    const store = await smallStore();
    const draw = async (changes: Partial<TrainOptions>, step: number) => {
      const options = trainOptions(store, "", changes);
      const needs = { views: [{ group: 0, count: 1 }], noise: { mask: 5, other: 2 } };
      const perEpoch = Math.floor(options.indices.length / options.batch);
      const labels = (index: number) => index;
      const stream = new StepStream(options, needs, labels, perEpoch);
      const { labels: samples, noise } = await stream.of(step);
      await stream.close();
      return new Map(
        [...(samples as Int32Array)].map((sample, i) => [
          sample,
          [noise?.mask?.slice(5 * i, 5 * i + 5), noise?.other?.slice(2 * i, 2 * i + 2)],
        ]),
      );
    };
    const small = await draw({ batch: 12 }, 0);
    const large = await draw({ batch: 36, orderSeed: 5 }, 0);
    for (const [sample, numbers] of small) t.deepEqual(numbers, large.get(sample), `image ${sample}`);
    const [sample] = small.keys() as unknown as [number];
    t.notDeepEqual((await draw({ batch: 36 }, 1)).get(sample), large.get(sample), "another epoch");
    t.notDeepEqual((await draw({ batch: 36, seed: 2 }, 0)).get(sample), large.get(sample), "another seed");
    const all = [...large.values()].flatMap((lists) => lists.flatMap((list) => [...(list ?? [])]));
    t.is(new Set(all).size, all.length, "no number twice");
  },
);

import { readFileSync } from "node:fs";
import test from "ava";
import { cosineBetween, linearBetween, linearOverEpochs } from "../../src/methods/schedules.js";
import { type Warmup, warmupLength, warmupSteps } from "../../src/settings/warmup.js";
import { learningRateAt } from "../../src/train/index.js";
import { peakRate, recipeRateAt, weightDecayAt } from "../../src/train/schedule.js";
import { farthest } from "../close.js";
import { RECIPE } from "./helpers.js";

const path = new URL("../../../test/golden/torch/schedule.json", import.meta.url).pathname;
const { cases, floors, between } = JSON.parse(readFileSync(path, "utf8"));

for (const { steps, warmup, peak, rates } of cases) {
  test(`${steps} steps, ${warmup} of them warm-up: the rates of PyTorch's schedulers`, (t) => {
    const ours = Array.from({ length: steps }, (_, step) => learningRateAt(step, steps, warmup, peak));
    // Its schedulers go from a rate to the next by a product, a few roundings a step.
    t.is(farthest(ours, rates, 8 * steps * Number.EPSILON * peak), null);
  });
}

/** Its moments, of `perEpoch` steps a pass. */
const momentsOf = (steps: number, perEpoch = steps) =>
  Array.from({ length: steps }, (_, step) => ({
    step,
    steps,
    epoch: Math.floor(step / perEpoch),
    epochs: steps / perEpoch,
  }));

test("a floor, and numbers along a cosine, are those of PyTorch's schedulers", (t) => {
  for (const { steps, warmup, peak, floor, rates } of floors) {
    const recipe = { ...RECIPE, warmup, learningRate: peak, minLearningRate: floor };
    const ours = momentsOf(steps).map((at) => recipeRateAt(recipe, at));
    t.is(farthest(ours, rates, 8 * steps * Number.EPSILON * peak), null, `floor ${floor}`);
  }
  for (const { steps, from, to, values } of between) {
    const allowed = 8 * steps * Number.EPSILON * Math.max(from, to);
    t.is(farthest(momentsOf(steps).map(cosineBetween(from, to)), values, allowed), null, `${from} to ${to}`);
    const recipe = { weightDecay: from, weightDecayEnd: to };
    const decays = momentsOf(steps).map((at) => weightDecayAt(recipe, at));
    t.deepEqual(decays, momentsOf(steps).map(cosineBetween(from, to)));
    t.deepEqual(
      momentsOf(steps).map((at) => weightDecayAt({ weightDecay: from }, at)),
      values.map(() => from),
    );
  }
});

test("a warm-up in epochs and in steps is one of that share", (t) => {
  const of = { steps: 60, epochs: 12 };
  const same: [Warmup, number][] = [
    ["3ep", 0.25],
    ["15steps", 0.25],
    ["0.5ep", 0.05],
    ["0steps", 0],
  ];
  for (const [long, share] of same) {
    t.is(warmupSteps(long, of), warmupSteps(share, of), `${long}`);
    for (const at of momentsOf(60, 5))
      t.is(recipeRateAt({ ...RECIPE, warmup: long }, at), learningRateAt(at.step, 60, share, 0.1));
  }
  t.is(warmupSteps("0.5ep", of), 3, "2.5 is rounded up");
  const { fromText, schema } = warmupLength();
  for (const text of ["0.1", ".5", "0", "10ep", "2.5ep", "500steps", "9e-1"])
    t.true(schema.safeParse(fromText(text)).success, text);
  for (const text of ["-1", "0.95", "10", "ep", "1e3ep", "1.5steps", "10 ep", "10epochs", "-3ep", "nan", ""])
    t.false(schema.safeParse(fromText(text)).success, text);
});

test("the peak is scaled with the batch only where that is asked for", (t) => {
  const at = (batch: number, batchScaling?: "none" | "linear" | "sqrt") =>
    peakRate({ learningRate: 0.3, batch, ...(batchScaling && { batchScaling }) });
  t.deepEqual([at(1024), at(1024, "none"), at(1024, "linear"), at(1024, "sqrt")], [0.3, 0.3, 1.2, 0.6]);
  t.is(at(64, "linear"), 0.3 / 4);
  const recipe = { ...RECIPE, batch: 64, batchScaling: "sqrt", minLearningRate: 0.01, warmup: 0 } as const;
  const [first] = momentsOf(10);
  t.is(recipeRateAt(recipe, first as never), 0.05, "half of RECIPE's, the floor as it is");
});

test("numbers in equal parts, by step and by epoch", (t) => {
  t.deepEqual(momentsOf(4).map(linearBetween(1, 3)), [1, 1.5, 2, 2.5]);
  const byEpoch = (epochs: number) => momentsOf(8, 2).map(linearOverEpochs(0.25, 0.5, epochs));
  t.deepEqual(byEpoch(3), [0.25, 0.25, 0.375, 0.375, 0.5, 0.5, 0.5, 0.5]);
  t.deepEqual(byEpoch(1), [0.25, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  t.deepEqual(byEpoch(0), Array(8).fill(0.5));
});

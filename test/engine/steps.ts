// Trains a small encoder for some steps on the engine of the first argument, from weights that the last argument, if given,
// moves by that share of themselves (normally distributed); prints losses and memory as one JSON line.
// A process of its own, since an engine is opened once in a thread.
import { type EngineName, openEngine, type Precision } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { purposes, randomNormal } from "../../src/native/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "../train/helpers.js";
import { stepOf } from "../train/step.js";
import { disturbed } from "./disturbance.js";

const [engine, precision, steps, optimizer, rate, jitter = "0"] = process.argv.slice(2) as [
  EngineName,
  Precision,
  string,
  string,
  string,
  string?,
];
const session = await openEngine({ engine, precision, device: "cpu" });
const recipe = {
  ...RECIPE,
  optimizer,
  learningRate: Number(rate),
};
const model = new TrainingModel(recipe, {
  stored: Number(jitter) === 0 ? null : disturbed(initial(), Number(jitter)),
});
const losses: number[] = [];
const tensors: number[] = [];
const bytes: number[] = [];
for (let step = 0; step < Number(steps); step++) {
  const key = { seed: 1, purpose: purposes.evaluation, epoch: step % 4, sample: 0, view: 0 };
  const data = randomNormal(key, new Float32Array(24 * 16 * 16 * 3));
  losses.push(stepOf(model, { views: [{ data, height: 16, width: 16 }] }, recipe.learningRate, step).loss);
  tensors.push(tf.memory().numTensors);
  bytes.push(session.memory().bytes);
}
// A hundred values of each parameter: what a step made of them.
const weights = [...snapshot(model.weights())].map(([name, { data }]) => [name, [...data.subarray(0, 100)]]);
console.log(JSON.stringify({ losses, tensors, bytes, weights }));

function initial() {
  const first = new TrainingModel(recipe);
  const weights = snapshot(first.weights());
  first.dispose();
  return weights;
}

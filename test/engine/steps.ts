// Trains a small encoder for some steps on the engine of the first argument; prints {losses, norms} as one JSON line.
// A process of its own, since an engine is opened once in a thread.
import { type EngineName, openEngine, type Precision } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { purposes, randomNormal } from "../../src/native/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { RECIPE } from "../train/helpers.js";

const [engine, precision, steps, optimizer] = process.argv.slice(2) as [
  EngineName,
  Precision,
  string,
  string,
];
const session = await openEngine({ engine, precision, device: "cpu" });
const recipe = {
  ...RECIPE,
  optimizer: optimizer as "sgd" | "adamw",
  learningRate: optimizer === "sgd" ? 0.1 : 1e-3,
};
const model = new TrainingModel(recipe, null);
const losses: number[] = [];
const tensors: number[] = [];
const bytes: number[] = [];
for (let step = 0; step < Number(steps); step++) {
  const key = { seed: 1, purpose: purposes.evaluation, epoch: step % 4, sample: 0, view: 0 };
  const views = randomNormal(key, new Float32Array(24 * 16 * 16 * 3));
  losses.push(model.step([views], recipe.learningRate, step).loss);
  tensors.push(tf.memory().numTensors);
  bytes.push(session.memory().bytes);
}
const norms = [...model.weights()].map(([name, { data }]) => [name, Math.hypot(...data)]);
console.log(JSON.stringify({ losses, norms, tensors, bytes, rss: process.memoryUsage.rss() }));

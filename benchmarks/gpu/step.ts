// Training steps with the views on the device; prints one row. Peer: peers/gpu_train_peer.py.
// Arguments: device, precision, architecture, image side, batch, seconds, CUDA graphs (on or off).
import { type EngineRequest, openEngine } from "../../src/engine/index.js";
import { recorderFor } from "../../src/engine/recorder.js";
import * as tf from "../../src/engine/tf.js";
import { purposes, randomNormal } from "../../src/native/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { stepOf } from "../../test/train/step.js";
import { median, row } from "./row.js";

const [device, precision, architecture, side, batch, seconds, graphs] = process.argv.slice(2) as [
  string,
  NonNullable<EngineRequest["precision"]>,
  string,
  string,
  string,
  string,
  "on" | "off",
];
const size = Number(side);
const views = 2 * Number(batch);
await openEngine({ engine: "torch", device, precision });
const recipe = {
  architecture,
  method: "simclr",
  policy: "simclr",
  imageSize: size,
  epochs: 1,
  batch: Number(batch),
  optimizer: "sgd" as const,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  warmup: 0,
  seed: 0,
  orderSeed: 0,
  temperature: 0.5,
  projectorHidden: null,
  projectorDim: 128,
  projectorNorm: true,
};
const model = new TrainingModel(recipe, { recorder: recorderFor(graphs) });
const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
const pixels = randomNormal(key, new Float32Array(views * size * size * 3));
const x = tf.tensor4d(pixels, [views, size, size, 3]); // goes to the device once
// Warm-up: cuDNN chooses and memory is claimed in the first three, a graph is recorded in the fourth and started in all after.
const WARM_UP = 8;
for (let step = 0; step < WARM_UP; step++) stepOf(model, { views: [x] }, 0.01, step);
const times: number[] = [];
const end = performance.now() + Number(seconds) * 1000;
for (let step = WARM_UP; performance.now() < end || times.length < 3; step++) {
  const start = performance.now();
  stepOf(model, { views: [x] }, 0.01, step); // reads the loss, so it ends when the device has
  times.push((performance.now() - start) / 1000);
}
row({ row: "step", unit: "views/s", value: views / median(times), n: times.length, graphs });

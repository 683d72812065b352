// One trial of our training step in a process of its own; prints one JSON line. Peer: peers/train_peer.py.
import { type EngineName, openEngine, type Precision } from "../src/engine/index.js";
import { purposes, randomNormal } from "../src/native/index.js";
import { TrainingModel } from "../src/train/model.js";
import { stepOf } from "../test/train/step.js";
import { productClock } from "./products.js";

const BATCH = 64;
const SECONDS = Number(process.argv[4] ?? 40);
const recipe = {
  architecture: "resnet18-cifar",
  method: "simclr",
  policy: "simclr",
  imageSize: 32,
  epochs: 1,
  batch: BATCH,
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
const engine = (process.argv[2] ?? "tensorflow") as EngineName;
const precision = (process.argv[3] ?? "fp32") as Precision;
const session = await openEngine({ engine, device: "cpu", precision });
const model = new TrainingModel(recipe);
const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
const data = randomNormal(key, new Float32Array(2 * BATCH * 32 * 32 * 3));
const views = { data, height: 32, width: 32 };
stepOf(model, { views: [views] }, 0.1, 0);
const clock = productClock(); // the limit is timed inside these very steps
const times: number[] = [];
const limits: number[] = [];
const end = performance.now() + SECONDS * 1000;
for (let step = 1; performance.now() < end; step++) {
  const start = performance.now();
  if (clock !== null) clock.milliseconds = 0;
  stepOf(model, { views: [views] }, 0.1, step);
  times.push(performance.now() - start);
  limits.push(clock?.milliseconds ?? 0);
}
const rate = (list: number[]) =>
  (2 * BATCH * 1000) / (list.sort((a, b) => a - b)[list.length >> 1] as number);
console.log(
  JSON.stringify({
    viewsPerSecond: rate(times),
    limitViewsPerSecond: clock === null ? null : rate(limits),
    steps: times.length,
    engine: session.describe(),
  }),
);

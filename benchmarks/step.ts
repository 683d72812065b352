// One trial of a training step in a process of its own: step.js CASE PRECISION SECONDS; prints one JSON line.
// Peer: peers/step_peer.py, with the same cases.
import { getPolicy, type ViewGroup } from "../src/augment/index.js";
import { openEngine, type Precision } from "../src/engine/index.js";
import { getMethod } from "../src/methods/registry.js";
import { purposes, randomNormal, randomUniform } from "../src/native/index.js";
import { TrainingModel } from "../src/train/model.js";
import type { TrainRecipe } from "../src/train/types.js";
import { stepOf } from "../test/train/step.js";

interface Case {
  method: string;
  architecture: string;
  imageSize: number;
  batch: number;
  recipe: "cifar" | "imagenet";
}

const CASES: Record<string, Case> = {
  mae: { method: "mae", architecture: "vit-tiny-4", imageSize: 32, batch: 64, recipe: "cifar" },
  dino: { method: "dino", architecture: "vit-small-16", imageSize: 224, batch: 4, recipe: "imagenet" },
  simclr: { method: "simclr", architecture: "resnet50", imageSize: 64, batch: 32, recipe: "imagenet" },
};

const { method: name, recipe: size, ...fixed } = CASES[process.argv[2] ?? ""] as Case;
const precision = (process.argv[3] ?? "fp32") as Precision;
const seconds = Number(process.argv[4] ?? 30);
const method = getMethod(name);
const settings = { ...method.defaults, ...method.recipes?.[size] };
const recipe = {
  ...{ epochs: 100, seed: 0, orderSeed: 0, momentum: 0.9, weightDecay: 1e-4, learningRate: 1e-3 },
  ...settings,
  ...fixed,
  ...{ method: name, warmup: 0, freezeLastLayer: 0 },
} as TrainRecipe;
const session = await openEngine({ engine: "torch", device: "cpu", precision });
const model = new TrainingModel(recipe);
const { groups } = getPolicy(recipe.policy, { imageSize: recipe.imageSize });
const keyOf = (sample: number) => ({ seed: 0, purpose: purposes.evaluation, epoch: 0, sample, view: 0 });
const views = model.needs.views.map(({ group, count }, i) => {
  const [height, width] = (groups[group] as ViewGroup).size;
  const data = randomNormal(keyOf(i), new Float32Array(recipe.batch * count * height * width * 3));
  return { data, height, width };
});
const noise = Object.fromEntries(
  Object.entries(model.needs.noise ?? {}).map(([name, count], i) => [
    name,
    randomUniform(keyOf(100 + i), new Float32Array(recipe.batch * count)),
  ]),
);
const step = (at: number) => stepOf(model, { views, noise }, recipe.learningRate, at, 1000);
step(0);
const times: number[] = [];
const end = performance.now() + seconds * 1000;
for (let at = 1; performance.now() < end || times.length < 2; at++) {
  const start = performance.now();
  step(at);
  times.push((performance.now() - start) / 1000);
}
const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
console.log(
  JSON.stringify({ imagesPerSecond: recipe.batch / median, steps: times.length, engine: session.describe() }),
);

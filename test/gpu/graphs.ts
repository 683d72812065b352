// Training steps recorded as a CUDA graph against the same steps one kernel after the other, in float32 and bf16.
import { openEngine } from "../../src/engine/index.js";
import { recorderFor } from "../../src/engine/recorder.js";
import * as tf from "../../src/engine/tf.js";
import { TrainingModel } from "../../src/train/model.js";
import type { TrainRecipe } from "../../src/train/types.js";
import { snapshot } from "../snapshot.js";
import { stepOf } from "../train/step.js";
import { check, device, largestDifference } from "./report.js";

const precision = process.argv[3] === "bf16" ? "bf16" : "fp32";
await openEngine({ engine: "torch", device, precision });

const STEPS = 12;
const recipe: TrainRecipe = {
  architecture: "resnet18-cifar",
  method: "simclr",
  policy: "simclr",
  imageSize: 32,
  epochs: 1,
  batch: 64,
  optimizer: "sgd",
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  warmup: 0,
  seed: 1,
  orderSeed: 1,
  temperature: 0.5,
  projectorHidden: null,
  projectorDim: 64,
  projectorNorm: true,
};
const batches = Array.from({ length: STEPS }, (_, step) => {
  const count = 2 * recipe.batch * recipe.imageSize ** 2 * 3;
  const views = tf.randomNormal([count], 0, 1, "float32", step + 1);
  const data = views.dataSync() as Float32Array;
  views.dispose();
  return { data, height: recipe.imageSize, width: recipe.imageSize };
});

function train(graphs: "on" | "off") {
  const model = new TrainingModel(recipe, { recorder: recorderFor(graphs) });
  const losses: number[] = [];
  const tensors: number[] = [];
  let began = 0;
  for (const [step, views] of batches.entries()) {
    if (step === STEPS / 2) began = performance.now(); // after warm-up and recording
    losses.push(stepOf(model, { views: [views] }, 0.02, step).loss);
    tensors.push(tf.memory().numTensors);
  }
  const milliseconds = (performance.now() - began) / (STEPS / 2);
  const weights = [...snapshot(model.weights()).values()].flatMap(({ data }) => [...data.subarray(0, 64)]);
  model.dispose();
  return { losses, weights, milliseconds, tensors };
}

const eager = train("off");
const again = train("off");
const graph = train("on");
// A graph starts the kernels that eager steps start. What those differ by from run to run (atomics of cuDNN's) is allowed
// twice, and a last bit of float32 where they do not.
const noise = largestDifference(again.losses, eager.losses);
const bound = 2 * noise + 1e-6;
const difference = largestDifference(graph.losses, eager.losses);
check(`losses of steps as a CUDA graph, ${precision}`, difference <= bound, { difference, bound, noise });
const spread = 2 * largestDifference(again.weights, eager.weights) + 1e-6;
const weights = largestDifference(graph.weights, eager.weights);
check(`weights after them, ${precision}`, weights <= spread, { difference: weights, bound: spread });
check("each step sees its own views", new Set(graph.losses).size === STEPS);
check("no tensors are left behind", graph.tensors.at(-1) === graph.tensors.at(-2));
console.log(
  JSON.stringify({
    row: "step as a CUDA graph",
    precision,
    eagerMs: eager.milliseconds,
    graphMs: graph.milliseconds,
  }),
);

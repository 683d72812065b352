// Trains a narrow network for 700 steps on the torch engine in the precision of the first argument (start Node with
// --expose-gc); prints living tensors, their bytes and resident memory after 200 steps and after each 100 more as one JSON line.
import { setImmediate } from "node:timers/promises";
import { openEngine, type Precision } from "../../src/engine/index.js";
import { movingAverageUpdate, ntXent } from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { purposes, randomNormal } from "../../src/native/index.js";
import { resnet9Of } from "../../src/nn/architectures/resnet9.js";
import { buildNetwork, initialWeights } from "../../src/nn/index.js";
import { optimizerOf } from "../train/step.js";

const session = await openEngine({
  engine: "torch",
  precision: process.argv[2] as Precision,
  device: "cpu",
  threads: 1,
});
const SIDE = 32;
const network = buildNetwork(resnet9Of([17, 5, 5, 5, 6, 7, 7, 7]), SIDE);
const weights = initialWeights(network.parameters, 1);
const trainable = network.parameters.filter(({ isLearned }) => isLearned).map(({ name }) => name);
const variables = new Map(trainable.map((name) => [name, weights.get(name) as tf.Variable]));
const settings = { momentum: 0.9, weightDecay: 1e-4, clipGradientNorm: 1 };
const optimizer = optimizerOf(variables, new Set(trainable), { optimizer: "lars", ...settings });
const key = { seed: 1, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
// Maps of more than 1 MiB, which come from the pool, and enough images for the matrix tiles; sizes take turns.
const views = randomNormal(key, new Float32Array(30 * SIDE * SIDE * 3));

function step(at: number): void {
  tf.tidy(() => {
    const images = at % 2 === 0 ? 26 : 30;
    const x = tf.tensor4d(views.subarray(0, images * SIDE * SIDE * 3), [images, SIDE, SIDE, 3]);
    const means: [string, tf.Tensor][] = [];
    const onStatistics = (name: string, mean: tf.Tensor) => means.push([name, tf.keep(mean)]);
    const context = { weights, training: true, onStatistics };
    const list = [...variables];
    const { value, grads } = tf.variableGrads(
      () => ntXent(network.forward(x, context).pooled, 0.5).loss,
      list.map(([, variable]) => variable),
    );
    value.dataSync();
    const named = list.map(([name, variable]) => [name, grads[variable.name] as tf.Tensor]);
    optimizer.apply(Object.fromEntries(named), 0.1, at);
    const running = means.map(([name]) => weights.get(`${name}.running_mean`) as tf.Variable);
    const values = means.map(([, mean]) => mean);
    movingAverageUpdate(running, values, 0.1);
    tf.dispose(values);
  });
}

function measured() {
  (globalThis as { gc?: () => void }).gc?.();
  const { tensors, bytes } = session.memory();
  return { tensors, bytes, resident: process.memoryUsage.rss() };
}

/**
 * Steps with turns of the event loop between them, as training has, which waits for its images: Node frees the records of
 * tensors that are gone only there, and those of 500 steps, strewn over the C library's heap, kept 160 MB of holes apart.
 */
async function steps(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) {
    step(at);
    await setImmediate();
  }
}

const WARM = 200;
const WINDOW = 100;
await steps(0, WARM);
const memory = [measured()];
for (let from = WARM; from < 700; from += WINDOW) {
  await steps(from, from + WINDOW);
  memory.push(measured());
}
console.log(JSON.stringify(memory));

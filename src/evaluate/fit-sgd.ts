import * as tf from "../engine/tf.js";
import { keyOf, randomPermutation } from "../native/index.js";
import { learningRateAt } from "../train/schedule.js";
import { type LinearClassifier, type LinearData, linearData, softmaxLoss, unpack } from "./linear.js";
import type { TrainingSet } from "./logistic.js";

/** How the linear probe is trained by SGD. */
export interface SgdSettings {
  epochs: number;
  /** Linear warm-up, as a share of all steps; cosine to 0 follows. */
  warmup: number;
  /** Images per step; no more than there are are used. */
  batch: number;
  /** Peak learning rate. */
  learningRate: number;
  momentum: number;
  weightDecay: number;
}

/** The probe of arXiv 2409.19069, table 9 (SGD: 30 epochs of which 3 warm up, batches of 256, rate 0.05). */
export const PAPER_SGD: SgdSettings = {
  epochs: 30,
  warmup: 0.1,
  batch: 256,
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 0,
};

/**
 * A linear classifier trained by SGD with momentum (v ← m v + g, w ← w − η v) on the mean cross entropy of batches, from
 * weights of 0. A last batch that is not full is left out. An engine must be open.
 *
 * @param seed of the images' order
 */
export function fitSgd(train: TrainingSet, settings: SgdSettings, seed: number): LinearClassifier {
  const { dim, classes } = train;
  const n = train.labels.length;
  const batch = Math.min(settings.batch, n);
  const perEpoch = Math.floor(n / batch);
  const steps = perEpoch * settings.epochs;
  const all = linearData(train.values, dim, train.labels, classes);
  const parameters = new Float64Array((dim + 1) * classes);
  const velocity = new Float64Array(parameters.length);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = randomPermutation(keyOf("probeOrder", seed, { epoch }), new Uint32Array(n));
    for (let b = 0; b < perEpoch; b++) {
      const gradient = batchGradient(all, order.subarray(b * batch, (b + 1) * batch), settings, parameters);
      const rate = learningRateAt(epoch * perEpoch + b, steps, settings.warmup, settings.learningRate);
      for (let i = 0; i < parameters.length; i++) {
        velocity[i] = settings.momentum * (velocity[i] as number) + (gradient[i] as number);
        parameters[i] = (parameters[i] as number) - rate * (velocity[i] as number);
      }
    }
  }
  tf.dispose([all.x, all.target]);
  return unpack(parameters, dim);
}

function batchGradient(
  all: LinearData,
  order: Uint32Array,
  { weightDecay }: SgdSettings,
  parameters: Float64Array,
): Float64Array {
  const rows = tf.tensor1d(Int32Array.from(order), "int32");
  const [x, target] = [tf.gather(all.x, rows), tf.gather(all.target, rows)];
  const { gradient } = softmaxLoss({ x, target }, weightDecay, parameters);
  tf.dispose([rows, x, target]);
  return gradient;
}

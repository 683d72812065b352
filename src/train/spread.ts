import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import type { Batch, Needs, Objective } from "../methods/types.js";
import { ofView, type Pass, remembering, type TrainingNets } from "./passes.js";

/**
 * The same objective with the metric `spread`, by which a collapse is seen: the standard deviation over the batch of each
 * component of the trained encoder's representation, scaled to unit length; the mean over components, times √d. About 1 for
 * directions that are independent, 0 where all views have one. Of the first view of every image, as the loss encodes it: where
 * the method hides patches, of those that it shows. No pass is made for it and nothing is read back.
 */
export function withSpread(objective: Objective, { views: [need] }: Needs): Objective {
  return {
    ...objective,
    loss(batch, given: TrainingNets, at) {
      const { nets, passes } = remembering(given);
      const outcome = objective.loss(batch, nets, at);
      const [first] = passes;
      if (first === undefined) return outcome;
      const spread = spreadOf(ofFirstViews(first, batch, need?.count ?? 1));
      return { ...outcome, metrics: { ...outcome.metrics, spread } };
    },
  };
}

/** @param x float32 [n, d] @returns float32 scalar */
function spreadOf(x: tf.Tensor2D): tf.Scalar {
  const { variance } = tf.moments(ops.unitRows(x), 0);
  return tf.mul(tf.mean(tf.sqrt(variance)), Math.sqrt(x.shape[1]));
}

/** Rows of a pass are image-major (Nets.encode), however many views of an image the loss has put into it. */
function ofFirstViews({ pooled }: Pass, batch: Batch, count: number): tf.Tensor2D {
  const each = pooled.shape[0] / (batch.views[0].shape[0] / count);
  return Number.isInteger(each) ? ofView(pooled, 0, each) : pooled;
}

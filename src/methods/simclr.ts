import { relu } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { linear, linearSpecs, norm, normSpecs } from "../nn/layers.js";
import type { Method, MethodLoss } from "./types.js";

/** Taken from a view's similarity to itself, so that its share of the softmax is exactly 0 in float32. */
const SELF = 1e9;

/**
 * NT-Xent, the normalised temperature-scaled cross entropy (Chen et al. 2020, arXiv 2002.05709, equation 1), averaged
 * over all 2n views: −log(exp(s_ij / τ) / Σ_{k≠i} exp(s_ik / τ)) with s the cosine and j the other view of i's image.
 * By log-sum-exp, so that no exponential overflows.
 *
 * @param z float32 [2n, d], the two views of an image side by side; n >= 2 @param temperature τ > 0
 */
export function ntXent(z: tf.Tensor2D, temperature: number): MethodLoss {
  const [rows, dim] = z.shape;
  const unit = tf.div(z, tf.maximum(tf.norm(z, 2, 1, true), 1e-12)) as tf.Tensor2D;
  const other = tf.reshape(tf.reverse(tf.reshape(unit, [rows / 2, 2, dim]), 1), [rows, dim]);
  const positive = tf.div(tf.sum(tf.mul(unit, other), 1), temperature);
  const cosines = tf.div(tf.matMul(unit, unit, false, true), temperature);
  const logits = tf.sub(cosines, tf.mul(tf.eye(rows), SELF)) as tf.Tensor2D;
  const loss = tf.mean(tf.sub(tf.logSumExp(logits, 1), positive)) as tf.Scalar;
  const target = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => row ^ 1),
    "int32",
  );
  const accuracy = tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), target), "float32")) as tf.Scalar;
  return { loss, accuracy };
}

/** SimCLR: two views, a projector of two layers, NT-Xent. */
export const simclr: Method = {
  name: "simclr",
  summary: "SimCLR (Chen et al. 2020): two views, a projector, NT-Xent",
  views: [2],
  check({ temperature, projectorDim }, batch) {
    if (!(temperature > 0))
      throw new SslMemError("USAGE", `Expected a temperature above 0 but received ${temperature}.`);
    if (!(projectorDim >= 1))
      throw new SslMemError(
        "USAGE",
        `Expected a projection of length 1 or more but received ${projectorDim}.`,
      );
    if (batch < 2)
      throw new SslMemError(
        "USAGE",
        `Expected a batch of at least 2 images for SimCLR but received ${batch}.`,
        "--batch 128",
      );
  },
  headParameters(dim, { projectorHidden, projectorDim, projectorNorm }) {
    const hidden = projectorHidden ?? dim;
    return [
      ...linearSpecs("projector.0", dim, hidden, !projectorNorm),
      ...(projectorNorm ? normSpecs("projector.1", hidden) : []),
      ...linearSpecs("projector.3", hidden, projectorDim),
    ];
  },
  loss([views], { encode, head, settings }) {
    const hidden = linear(encode(views as tf.Tensor4D), "projector.0", head);
    const normed = settings.projectorNorm ? norm(hidden, "projector.1", head) : hidden;
    return ntXent(linear(relu(normed), "projector.3", head), settings.temperature);
  },
};

import * as tf from "../tf.js";
import { hasKernel } from "./kernels.js";

const KERNEL = "SslMemNtXent";
/** Taken from a view's similarity to itself, so that its share of the softmax is exactly 0 in float32. */
const SELF = 1e9;

/** A contrastive loss and how often the right view is the most similar one. */
export interface ContrastiveLoss {
  /** float32 scalar. */
  loss: tf.Scalar;
  /** float32 scalar in [0, 1]; carries no gradient. */
  accuracy: tf.Scalar;
}

/**
 * NT-Xent, the normalised temperature-scaled cross entropy (Chen et al. 2020, arXiv 2002.05709, equation 1), averaged
 * over all 2n views: −log(exp(s_ij / τ) / Σ_{k≠i} exp(s_ik / τ)) with s the cosine and j the other view of i's image.
 * By log-sum-exp, so that no exponential overflows. On the torch engine one kernel makes loss and gradient a tile of
 * similarities at a time, in float32 whatever the precision.
 *
 * @param z float32 [2n, d], the two views of an image side by side; n >= 2 @param temperature τ > 0
 */
export function ntXent(z: tf.Tensor2D, temperature: number): ContrastiveLoss {
  if (!hasKernel(KERNEL)) return ntXentPlain(z, temperature);
  type Outputs = [loss: tf.Scalar, gradient: tf.Tensor, hits: tf.Tensor];
  const [loss, , hits] = tf.engine().runKernel<Outputs>(KERNEL, { z }, { temperature });
  return { loss, accuracy: tf.mean(tf.cast(hits, "float32")) };
}

/** The plain composition that ntXent is held to; same arguments and results, any backend. */
export function ntXentPlain(z: tf.Tensor2D, temperature: number): ContrastiveLoss {
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

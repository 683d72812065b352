import * as tf from "../tf.js";

/**
 * Rows divided by their Euclidean norms, or by `least` where they are shorter; a row of zeros stays one, and its gradient is
 * finite.
 *
 * @param x float32 [n, d] @param least > 0
 */
export function unitRows(x: tf.Tensor2D, least = 1e-12): tf.Tensor2D {
  const squares = tf.sum(tf.square(x), 1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squares, least * least)));
}

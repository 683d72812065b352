import * as tf from "../tf.js";
import { hasKernel } from "./kernels.js";

/**
 * Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762, equation 1): softmax(q kᵀ / √d) v. Differentiable
 * in all three. On the torch engine neither direction keeps the matrix of weights.
 *
 * @param q float32 [batch, heads, tokens, d] @param k float32 [batch, heads, others, d] @param v as k
 * @returns float32 [batch, heads, tokens, d]
 */
export function attention(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D): tf.Tensor4D {
  if (!hasKernel("SslMemAttention")) return attentionPlain(q, k, v);
  return tf.engine().runKernel<[tf.Tensor4D, tf.Tensor]>("SslMemAttention", { q, k, v })[0];
}

/** The plain composition that attention is held to; same arguments and result, any backend. */
export function attentionPlain(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D): tf.Tensor4D {
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3])), -1);
  return tf.matMul(weights, v) as tf.Tensor4D;
}

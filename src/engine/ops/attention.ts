import * as tf from "../tf.js";
import { hasKernel, SELF_ATTENTION } from "./kernels.js";

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

/**
 * Multi-head self-attention of tokens whose queries, keys and values stand side by side, as timm's qkv gives them: three parts,
 * each of them head by head. Differentiable. On the torch engine one kernel each way, which copies nothing apart; scores and
 * softmax are float32 whatever the precision.
 *
 * @param qkv float32 [n, tokens, 3 · heads · d]
 * @returns float32 [n, tokens, heads · d]
 */
export function selfAttention(qkv: tf.Tensor3D, heads: number): tf.Tensor3D {
  if (!hasKernel(SELF_ATTENTION)) return selfAttentionPlain(qkv, heads);
  const inputs = { qkv } as unknown as tf.NamedTensorMap;
  const outputs = tf.engine().runKernel(SELF_ATTENTION, inputs, { heads }) as unknown as tf.Tensor[];
  return outputs[0] as tf.Tensor3D;
}

/** The plain composition that selfAttention is held to; same arguments and result, any backend. */
export function selfAttentionPlain(qkv: tf.Tensor3D, heads: number): tf.Tensor3D {
  const [n, tokens, width] = qkv.shape;
  const split = tf.reshape(qkv, [n, tokens, 3, heads, width / (3 * heads)]);
  type Part = tf.Tensor4D;
  const [q, k, v] = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4])) as [Part, Part, Part];
  return tf.reshape(tf.transpose(attentionPlain(q, k, v), [0, 2, 1, 3]), [n, tokens, width / 3]);
}

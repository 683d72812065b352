import * as tf from "../tf.js";
import { hasKernel } from "./kernels.js";

/**
 * Layer normalisation (Ba et al. 2016, arXiv 1607.06450, equation 4) over the last axis: gamma (x − mean) /
 * sqrt(biased variance + epsilon) + beta. Differentiable in x, gamma and beta. One kernel on the torch engine.
 *
 * @param x float32 [..., width] @param gamma float32 [width] @param beta float32 [width] @param epsilon > 0
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: number): tf.Tensor {
  if (!hasKernel("SslMemLayerNorm")) return layerNormPlain(x, gamma, beta, epsilon);
  const inputs = { x, gamma, beta };
  return tf.engine().runKernel<[tf.Tensor, ...tf.Tensor[]]>("SslMemLayerNorm", inputs, { epsilon })[0];
}

/** The plain composition that layerNorm is held to; same arguments and result, any backend. */
export function layerNormPlain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
}

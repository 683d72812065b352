import * as tf from "../tf.js";
import { hasKernel } from "./kernels.js";

/**
 * Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415): x Φ(x), by the error function.
 * Differentiable. One kernel on the torch engine.
 *
 * @param x float32, any shape
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  if (!hasKernel("SslMemGelu")) return geluPlain(x);
  return tf.engine().runKernel<[T]>("SslMemGelu", { x })[0];
}

/** The plain composition that gelu is held to; any backend. */
export function geluPlain<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))))) as T;
}

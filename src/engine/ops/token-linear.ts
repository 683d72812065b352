import * as tf from "../tf.js";
import { hasKernel, LINEAR } from "./kernels.js";

/**
 * x w + bias over the last axis. Differentiable. On the torch engine one kernel each way; in bf16 the product is bf16.
 *
 * @param x float32 [..., in], at least three axes @param w float32 [in, out] @param bias float32 [out]
 * @returns float32 [..., out]
 */
export function tokenLinear<T extends tf.Tensor>(x: T, w: tf.Tensor2D, bias: tf.Tensor1D): T {
  if (!hasKernel(LINEAR)) return tokenLinearPlain(x, w, bias);
  const inputs = { x, w, bias } as unknown as tf.NamedTensorMap;
  return (tf.engine().runKernel(LINEAR, inputs) as unknown as T[])[0] as T;
}

/** The plain composition that tokenLinear is held to; same arguments and result, any backend. */
export function tokenLinearPlain<T extends tf.Tensor>(x: T, w: tf.Tensor2D, bias: tf.Tensor1D): T {
  const product = tf.matMul(tf.reshape(x, [-1, w.shape[0]]) as tf.Tensor2D, w);
  return tf.reshape(tf.add(product, bias), [...x.shape.slice(0, -1), w.shape[1]]) as T;
}

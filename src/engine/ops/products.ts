import * as tf from "../tf.js";
import { onTorch, withPrecision } from "./kernels.js";

/**
 * Matrix product in float32 whatever the engine's precision: for what judges encoders (neighbours, linear probes), whose
 * error must not be that of the format that the encoders compute in. Carries no gradient in bf16.
 *
 * @param a float32 [n, m], or [m, n] with transposeA @param b float32 [m, k], or [k, m] with transposeB
 * @returns float32 [n, k]
 */
export function matMul32(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  transposeA = false,
  transposeB = false,
): tf.Tensor2D {
  const product = () => tf.matMul(a, b, transposeA, transposeB) as tf.Tensor2D;
  return onTorch() ? withPrecision("fp32", product) : product();
}

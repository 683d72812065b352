import * as tf from "../tf.js";
import { computesBelowFloat32, computesInBf16, withPrecision } from "./kernels.js";

/**
 * Matrix product in float32 whatever the engine's precision, and so are its gradients: for losses that compare images, and for
 * what judges encoders (neighbours, linear probes), whose error must not be that of the format that the encoders compute in.
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
  if (!computesBelowFloat32()) return tf.matMul(a, b, transposeA, transposeB);
  const product = tf.customGrad((x, y, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor, y as tf.Tensor]);
    return {
      value: withPrecision("fp32", () =>
        tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D, transposeA, transposeB),
      ),
      gradFunc: (dy, saved) => {
        const [d, p, q] = [dy, ...saved] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        return [
          transposeA ? matMul32(q, d, transposeB, true) : matMul32(d, q, false, !transposeB),
          transposeB ? matMul32(d, p, true, transposeA) : matMul32(p, d, !transposeA, false),
        ];
      },
    };
  });
  return product(a, b) as tf.Tensor2D;
}

/**
 * The same values kept in float32: what a layer hands on in the bf16 precision is bf16, and a loss made of it would be, too.
 * Differentiable.
 *
 * @param x float32, any shape but a scalar's
 */
export function inFloat32<T extends tf.Tensor>(x: T): T {
  // One more axis than a scalar's decides about the format of a sum, as in PyTorch.
  return computesInBf16() ? (tf.add(x, tf.zeros([1])) as T) : x;
}

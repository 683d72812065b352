import * as tf from "../tf.js";
import { RELU, RELU_GRADIENT } from "./kernels.js";

/**
 * Rectified linear unit max(x, 0) whose gradient is one kernel (dy where y > 0, else 0) that keeps y and not x;
 * TensorFlow.js composes three kernels and keeps x.
 *
 * @param x float32, any shape
 */
export function relu<T extends tf.Tensor>(x: T): T {
  return tf.engine().runKernel<T>(RELU, { x });
}

/** The plain operation that relu is held to. */
export function reluPlain<T extends tf.Tensor>(x: T): T {
  return tf.relu(x);
}

/** Registers the gradient; the kernels are each engine's own. */
export function registerReluGradient(): void {
  tf.registerGradient({
    kernelName: RELU,
    outputsToSave: [true],
    gradFunc: (dy, saved) => {
      const inputs = { dy: dy as tf.Tensor, y: saved[0] as tf.Tensor };
      return { x: () => tf.engine().runKernel<tf.Tensor>(RELU_GRADIENT, inputs) };
    },
  });
}

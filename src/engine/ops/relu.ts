import { attributes, type TensorflowBackend } from "../tensorflow/backend.js";
import * as tf from "../tf.js";
import { onTorch, reluGradient } from "../torch/fused-kernels.js";

const KERNEL = "SslMemRelu";

/**
 * Rectified linear unit max(x, 0) whose gradient is one kernel (dy where y > 0, else 0) that keeps y and not x;
 * TensorFlow.js composes three kernels and keeps x.
 *
 * @param x float32, any shape
 */
export function relu<T extends tf.Tensor>(x: T): T {
  return tf.engine().runKernel(KERNEL, { x } as unknown as tf.NamedTensorMap) as unknown as T;
}

/** The plain operation that relu is held to. */
export function reluPlain<T extends tf.Tensor>(x: T): T {
  return tf.relu(x);
}

/** Registers the kernel and its gradient for the tensorflow engine; a second call does nothing. */
export function registerRelu(): void {
  if (tf.getKernel(KERNEL, "tensorflow")) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, backend }) => {
      const tensorflow = backend as unknown as TensorflowBackend;
      return tensorflow.executeSingleOutput(
        "Relu",
        [attributes(tensorflow).type("T")],
        [inputs.x as tf.TensorInfo],
      );
    },
  });
  registerReluGradient();
}

/** Registers the gradient, on whichever engine the kernel runs. */
export function registerReluGradient(): void {
  tf.registerGradient({
    kernelName: KERNEL,
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({
      x: () => {
        if (onTorch()) return reluGradient(dy, saved[0] as tf.Tensor);
        const tensorflow = tf.backend() as unknown as TensorflowBackend;
        const operands = [dy as tf.Tensor, saved[0] as tf.Tensor];
        return tensorflow.executeSingleOutput("ReluGrad", [attributes(tensorflow).type("T")], operands);
      },
    }),
  });
}

import { BATCH_NORM, RELU, RELU_GRADIENT } from "../ops/kernels.js";
import * as tf from "../tf.js";
import { attributes, type TensorflowBackend } from "./backend.js";

const NAME = "tensorflow";

/** Registers our fused kernels (src/engine/ops) and gradients that are its own for the tensorflow engine; again: does nothing. */
export function registerTensorflowFused(): void {
  registerBatchNorm();
  register(RELU, "Relu", ["x"]);
  register(RELU_GRADIENT, "ReluGrad", ["dy", "y"]);
}

/** Registers one of TensorFlow's operations of one float32 output under a name of ours. */
function register(kernelName: string, operation: string, inputNames: readonly string[]): void {
  if (tf.getKernel(kernelName, NAME)) return;
  tf.registerKernel({
    kernelName,
    backendName: NAME,
    kernelFunc: ({ inputs, backend }) => {
      const tensorflow = backend as TensorflowBackend;
      const operands = inputNames.map((name) => inputs[name] as tf.TensorInfo);
      return tensorflow.executeSingleOutput(operation, [attributes(tensorflow).type("T")], operands);
    },
  });
}

function forward({ inputs, backend, attrs }: KernelArguments): tf.TensorInfo[] {
  const { x, gamma, beta } = inputs as Record<string, tf.TensorInfo>;
  const tensorflow = backend as TensorflowBackend;
  const attribute = attributes(tensorflow);
  const none = tf.tensor1d([]);
  const outputs = tensorflow.executeMultipleOutputs(
    "FusedBatchNormV3",
    [
      attribute.type("T"),
      attribute.type("U"),
      attribute.float("epsilon", attrs.epsilon as number),
      attribute.float("exponential_avg_factor", 1),
      attribute.string("data_format", "NHWC"),
      attribute.bool("is_training", true),
    ],
    [x, gamma, beta, none, none] as tf.TensorInfo[],
    6,
  );
  none.dispose();
  return outputs;
}

function backward(dy: tf.Tensor, saved: tf.Tensor[], epsilon: number): tf.Tensor[] {
  const [x, gamma, reserve1, reserve2, reserve3] = saved as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const tensorflow = tf.backend() as TensorflowBackend;
  const attribute = attributes(tensorflow);
  return tensorflow.executeMultipleOutputs(
    "FusedBatchNormGradV3",
    [
      attribute.type("T"),
      attribute.type("U"),
      attribute.float("epsilon", epsilon),
      attribute.string("data_format", "NHWC"),
      attribute.bool("is_training", true),
    ],
    [dy, x, gamma, reserve1, reserve2, reserve3],
    5,
  );
}

type KernelArguments = Parameters<tf.KernelFunc>[0] & { attrs: Record<string, unknown> };

function registerBatchNorm(): void {
  if (tf.getKernel(BATCH_NORM, NAME)) return;
  tf.registerKernel({ kernelName: BATCH_NORM, backendName: NAME, kernelFunc: forward as tf.KernelFunc });
  tf.registerGradient({
    kernelName: BATCH_NORM,
    inputsToSave: ["x", "gamma"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, saved, attrs) => {
      const dy = (Array.isArray(dys) ? dys[0] : dys) as tf.Tensor;
      // Run once, here: each closure below is called in a tidy of its own, which would dispose of the others' results.
      const [dx, dgamma, dbeta, unused4, unused5] = backward(
        dy,
        saved as tf.Tensor[],
        (attrs as { epsilon: number }).epsilon,
      );
      unused4?.dispose();
      unused5?.dispose();
      return { x: () => dx as tf.Tensor, gamma: () => dgamma as tf.Tensor, beta: () => dbeta as tf.Tensor };
    },
  });
}

import { attributes, type TensorflowBackend } from "../tensorflow/backend.js";
import * as tf from "../tf.js";
import { BATCH_NORM_ACTIVATION } from "../torch/fused-kernels.js";
import { relu } from "./relu.js";

/** Outputs of a training-mode batch normalisation. */
export interface BatchNormTraining {
  /** Normalised input; same shape as x. */
  y: tf.Tensor;
  /** Mean of each channel over the batch; [channels]. */
  mean: tf.Tensor1D;
  /** Unbiased variance (divisor n - 1) of each channel over the batch, as running statistics keep it; [channels]. */
  variance: tf.Tensor1D;
}

const KERNEL = "SslMemBatchNormTraining";

/**
 * Training-mode batch normalisation (Ioffe and Szegedy 2015, algorithm 1) over all axes but the last, as one kernel
 * forward and one backward: y = gamma (x - mean) / sqrt(biased variance + epsilon) + beta. Differentiable in x, gamma
 * and beta through y; mean and variance carry no gradient.
 *
 * @param x float32 [n, h, w, channels] or [n, channels], more than one value per channel
 * @param gamma float32 [channels] @param beta float32 [channels]
 * @param epsilon added to the variance, > 0
 */
export function batchNormTraining(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormTraining {
  if (tf.getKernel(BATCH_NORM_ACTIVATION, tf.getBackend())) return fusedOnTorch(x, gamma, beta, epsilon, {});
  const flat = x.rank === 2;
  const image = flat ? tf.reshape(x, [x.shape[0] as number, 1, 1, x.shape[1] as number]) : x;
  const inputs = { x: image, gamma, beta } as unknown as tf.NamedTensorMap;
  const [y, mean, variance] = tf.engine().runKernel(KERNEL, inputs, { epsilon }) as unknown as tf.Tensor[];
  return {
    y: flat ? tf.reshape(y as tf.Tensor, x.shape) : (y as tf.Tensor),
    mean: mean as tf.Tensor1D,
    variance: variance as tf.Tensor1D,
  };
}

/** What may follow a batch normalisation. */
export interface AfterNorm {
  /** Added to the normalised input before the ReLU; x's shape. */
  residual?: tf.Tensor | undefined;
  /** Whether max(·, 0) is taken. */
  activate?: boolean | undefined;
}

/**
 * y = relu(batchNorm(x) + residual): training-mode batch normalisation with what follows it in a residual network (He et
 * al. 2016). One pass forward and one backward on the torch engine; on others its parts. Differentiable in x, gamma, beta
 * and residual. Arguments as batchNormTraining.
 */
export function batchNormActivation(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
  after: AfterNorm = {},
): BatchNormTraining {
  if (tf.getKernel(BATCH_NORM_ACTIVATION, tf.getBackend()))
    return fusedOnTorch(x, gamma, beta, epsilon, after);
  const out = batchNormTraining(x, gamma, beta, epsilon);
  const sum = after.residual === undefined ? out.y : tf.add(out.y, after.residual);
  return { ...out, y: after.activate ? relu(sum) : sum };
}

/** The plain composition that batchNormActivation is held to; same arguments and results, any backend. */
export function batchNormActivationPlain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
  { residual, activate }: AfterNorm = {},
): BatchNormTraining {
  const out = batchNormTrainingPlain(x, gamma, beta, epsilon);
  const sum = residual === undefined ? out.y : tf.add(out.y, residual);
  return { ...out, y: activate ? tf.relu(sum) : sum };
}

function fusedOnTorch(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
  { residual, activate }: AfterNorm,
): BatchNormTraining {
  const inputs = { x, gamma, beta, ...(residual && { residual }) } as unknown as tf.NamedTensorMap;
  const attributes = { epsilon, activate: activate ?? false, residual: residual !== undefined };
  const [y, mean, variance] = tf
    .engine()
    .runKernel(BATCH_NORM_ACTIVATION, inputs, attributes) as unknown as tf.Tensor[];
  return { y: y as tf.Tensor, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/** The plain composition that batchNormTraining is held to; same arguments and results, any backend. */
export function batchNormTrainingPlain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormTraining {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = x.size / (x.shape[x.rank - 1] as number);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
  return { y, mean: mean as tf.Tensor1D, variance: tf.mul(variance, count / (count - 1)) as tf.Tensor1D };
}

function forward({ inputs, backend, attrs }: KernelArguments): tf.TensorInfo[] {
  const { x, gamma, beta } = inputs as Record<string, tf.TensorInfo>;
  const tensorflow = backend as unknown as TensorflowBackend;
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
  const tensorflow = tf.backend() as unknown as TensorflowBackend;
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

/** Registers the kernel and its gradient for the tensorflow engine; a second call does nothing. */
export function registerBatchNorm(): void {
  if (tf.getKernel(KERNEL, "tensorflow")) return;
  tf.registerKernel({ kernelName: KERNEL, backendName: "tensorflow", kernelFunc: forward as tf.KernelFunc });
  tf.registerGradient({
    kernelName: KERNEL,
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

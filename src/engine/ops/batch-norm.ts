import * as tf from "../tf.js";
import { BATCH_NORM, BATCH_NORM_ACTIVATION, hasKernel } from "./kernels.js";
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

/** Of the kernels; what they keep for their gradients comes after it. */
type Outputs = [y: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D, ...tf.Tensor[]];

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
  if (hasKernel(BATCH_NORM_ACTIVATION)) return fusedOnTorch(x, gamma, beta, epsilon, {});
  const flat = x.rank === 2;
  const image = flat ? tf.reshape(x, [x.shape[0] as number, 1, 1, x.shape[1] as number]) : x;
  const inputs = { x: image, gamma, beta };
  const [y, mean, variance] = tf.engine().runKernel<Outputs>(BATCH_NORM, inputs, { epsilon });
  return { y: flat ? tf.reshape(y, x.shape) : y, mean, variance };
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
  if (hasKernel(BATCH_NORM_ACTIVATION)) return fusedOnTorch(x, gamma, beta, epsilon, after);
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
  const inputs = { x, gamma, beta, ...(residual && { residual }) };
  const attributes = { epsilon, activate: activate ?? false, residual: residual !== undefined };
  const [y, mean, variance] = tf.engine().runKernel<Outputs>(BATCH_NORM_ACTIVATION, inputs, attributes);
  return { y, mean, variance };
}

/** The plain composition that batchNormTraining is held to; same arguments and results, any backend. */
export function batchNormTrainingPlain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormTraining {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = x.size / gamma.size;
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
  return { y, mean: mean as tf.Tensor1D, variance: tf.mul(variance, count / (count - 1)) as tf.Tensor1D };
}

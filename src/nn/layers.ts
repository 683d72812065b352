import {
  batchNormActivation,
  batchNormTraining,
  convolution,
  foldedConvolution,
  inEngineLayout,
  matMul32,
  tokenLinear,
  unitRows,
} from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { constant, heNormal, type Initial, randomDirections, uniformByInputs } from "./initial.js";
import type { FoldedFilter, ForwardContext, ParameterSpec } from "./types.js";

/** Added to the variance of every batch normalisation, as in PyTorch. */
export const NORM_EPSILON = 1e-5;

/** Specification of a square convolution without bias. @param size side of the filter, pixels */
export function convSpec(name: string, size: number, inputs: number, outputs: number): ParameterSpec {
  return {
    name: `${name}.weight`,
    shape: [size, size, inputs, outputs],
    layout: "filter",
    initial: heNormal(size * size * outputs),
    isLearned: true,
    isDecayed: true,
  };
}

/** Specification of an array of one value for each channel, which is not decayed. */
export function channelSpec(
  name: string,
  channels: number,
  initial: Initial,
  isLearned: boolean,
): ParameterSpec {
  return { name, shape: [channels], layout: "same", initial, isLearned, isDecayed: false };
}

/**
 * Specifications of one batch normalisation: running statistics and, unless `affine` is false, scale and offset.
 *
 * @param scale what the scale begins with
 */
export function normSpecs(name: string, channels: number, affine = true, scale = 1): ParameterSpec[] {
  const [zeros, ones] = [constant(0), constant(1)];
  return [
    ...(affine ? [channelSpec(`${name}.weight`, channels, constant(scale), true)] : []),
    ...(affine ? [channelSpec(`${name}.bias`, channels, zeros, true)] : []),
    channelSpec(`${name}.running_mean`, channels, zeros, false),
    { ...channelSpec(`${name}.running_var`, channels, ones, false), least: 0 },
  ];
}

/**
 * Specifications of a fully connected layer.
 *
 * @param bias whether it has one, or what weight and bias begin with; as torch.nn.Linear where nothing is said
 */
export function linearSpecs(
  name: string,
  inputs: number,
  outputs: number,
  bias: boolean | { readonly weight: Initial; readonly bias: Initial } = true,
): ParameterSpec[] {
  const standard = uniformByInputs(inputs);
  const initial = typeof bias === "boolean" ? { weight: standard, bias: standard } : bias;
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [inputs, outputs],
    layout: "matrix",
    initial: initial.weight,
    isLearned: true,
    isDecayed: true,
  };
  return bias === false ? [weight] : [weight, channelSpec(`${name}.bias`, outputs, initial.bias, true)];
}

/**
 * Specifications of a fully connected layer without bias whose rows are lengths times directions (Salimans and Kingma 2016,
 * arXiv 1602.07868), by the names of torch.nn.utils.weight_norm. Lengths are 1 at first.
 *
 * @param isScaled whether the lengths are learned
 */
export function weightNormSpecs(
  name: string,
  inputs: number,
  outputs: number,
  isScaled: boolean,
): ParameterSpec[] {
  const common = { layout: "same", isDecayed: true } as const;
  const [ones, directions] = [constant(1), uniformByInputs(inputs)];
  return [
    { ...common, name: `${name}.weight_g`, shape: [outputs, 1], initial: ones, isLearned: isScaled },
    { ...common, name: `${name}.weight_v`, shape: [outputs, inputs], initial: directions, isLearned: true },
  ];
}

/** Specification of an array of random directions that is not learned: rows of norm 1. */
export function directionsSpec(name: string, rows: number, width: number): ParameterSpec {
  const initial = randomDirections(width);
  return { name, shape: [rows, width], layout: "same", initial, isLearned: false, isDecayed: false };
}

/** The array of that name. Throws SslMemError INTERNAL where there is none. */
export function weight<T extends tf.Tensor = tf.Variable>(context: ForwardContext, name: string): T {
  const found = context.weights.get(name);
  if (found === undefined)
    throw new SslMemError("INTERNAL", `Expected a parameter named "${name}" but there is none.`);
  return found as tf.Tensor as T;
}

/** Convolution by a named filter; see convolution of the engine's operations. @param x float32 [n, height, width, in] */
export function conv(x: tf.Tensor4D, name: string, context: ForwardContext, stride = 1): tf.Tensor4D {
  return convolution(x, weight(context, `${name}.weight`), stride);
}

/**
 * Batch normalisation over all axes but the last; batch statistics in training, running ones in inference.
 *
 * @param affine whether it has a scale and an offset
 */
export function norm<T extends tf.Tensor>(x: T, name: string, context: ForwardContext, affine = true): T {
  const channels = x.shape.at(-1) as number;
  const gamma = affine ? weight<tf.Tensor1D>(context, `${name}.weight`) : tf.ones<tf.Rank.R1>([channels]);
  const beta = affine ? weight<tf.Tensor1D>(context, `${name}.bias`) : tf.zeros<tf.Rank.R1>([channels]);
  if (context.training) {
    const { y, mean, variance } = batchNormTraining(x, gamma, beta, NORM_EPSILON);
    context.onStatistics?.(name, mean, variance);
    return y as T;
  }
  const mean = weight<tf.Tensor1D>(context, `${name}.running_mean`);
  const variance = weight<tf.Tensor1D>(context, `${name}.running_var`);
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, NORM_EPSILON)));
  return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale))) as T;
}

interface AfterConv {
  stride?: number;
  activate?: boolean;
  /** Added before the ReLU; the output's shape. */
  residual?: tf.Tensor4D;
}

/**
 * Convolution, batch normalisation, the residual's addition if there is one and, unless `activate` is false, ReLU. In
 * inference the normalisation is folded into
 * the filter and a bias: filter' = filter · s, bias = beta − mean · s with s = gamma / sqrt(variance + epsilon).
 */
export function convNorm(
  x: tf.Tensor4D,
  convName: string,
  normName: string,
  context: ForwardContext,
  { stride = 1, activate = true, residual }: AfterConv = {},
): tf.Tensor4D {
  if (context.training) {
    const gamma = weight<tf.Tensor1D>(context, `${normName}.weight`);
    const beta = weight<tf.Tensor1D>(context, `${normName}.bias`);
    const after = { activate, residual };
    const out = batchNormActivation(conv(x, convName, context, stride), gamma, beta, NORM_EPSILON, after);
    context.onStatistics?.(normName, out.mean, out.variance);
    return out.y as tf.Tensor4D;
  }
  const { filter, bias } = folded(convName, normName, context);
  return foldedConvolution(x, filter, bias, { stride, activate, residual });
}

function scaleOf(normName: string, context: ForwardContext): tf.Tensor {
  const variance = weight(context, `${normName}.running_var`);
  return tf.mul(weight(context, `${normName}.weight`), tf.rsqrt(tf.add(variance, NORM_EPSILON)));
}

/** Computed once for a context that keeps it. */
function folded(convName: string, normName: string, context: ForwardContext): FoldedFilter {
  const known = context.folds?.get(convName);
  if (known !== undefined) return known;
  const made = tf.tidy(() => {
    const scale = scaleOf(normName, context);
    const shift = tf.mul(weight(context, `${normName}.running_mean`), scale);
    return {
      filter: inEngineLayout(tf.mul(weight(context, `${convName}.weight`), scale) as tf.Tensor4D),
      bias: tf.sub(weight(context, `${normName}.bias`), shift) as tf.Tensor1D,
    };
  });
  context.folds?.set(convName, { filter: tf.keep(made.filter), bias: tf.keep(made.bias) });
  return made;
}

/**
 * Fully connected layer x W + b over the last axis.
 *
 * @param x float32 [..., in] @param matrix float32 [in, out], where it is not the array NAME.weight itself
 * @returns float32 [..., out]
 */
export function linear<T extends tf.Tensor = tf.Tensor2D>(
  x: T,
  name: string,
  context: ForwardContext,
  matrix = weight<tf.Tensor2D>(context, `${name}.weight`),
): T {
  const bias = biasOf(context, name);
  if (x.rank > 2 && bias !== undefined) return tokenLinear(x, matrix, bias);
  return affine(x, name, context, matrix, tf.matMul);
}

/** The same in float32 whatever the engine's precision: for the last layer before a loss. */
export function linear32<T extends tf.Tensor = tf.Tensor2D>(x: T, name: string, context: ForwardContext): T {
  return affine(x, name, context, weight<tf.Tensor2D>(context, `${name}.weight`), matMul32);
}

const biasOf = (context: ForwardContext, name: string) =>
  context.weights.get(`${name}.bias`) as tf.Tensor1D | undefined;

function affine<T extends tf.Tensor>(
  x: T,
  name: string,
  context: ForwardContext,
  matrix: tf.Tensor2D,
  times: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D,
): T {
  const bias = biasOf(context, name);
  const flat = (x.rank === 2 ? x : tf.reshape(x, [-1, matrix.shape[0]])) as tf.Tensor2D;
  const product = times(flat, matrix);
  const y = bias === undefined ? product : tf.add(product, bias);
  return (x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), matrix.shape[1]])) as T;
}

/**
 * Fully connected layer whose rows are lengths times directions, in float32 whatever the precision; see weightNormSpecs.
 *
 * @param x float32 [n, in] @returns float32 [n, out]
 */
export function weightNormLinear(x: tf.Tensor2D, name: string, context: ForwardContext): tf.Tensor2D {
  const directions = unitRows(weight(context, `${name}.weight_v`) as unknown as tf.Tensor2D);
  const rows: tf.Tensor2D = tf.mul(directions, weight(context, `${name}.weight_g`));
  return matMul32(x, rows, false, true);
}

/** 2 x 2 maximum with stride 2. @param x float32 [n, height, width, channels] */
export function maxPool2(x: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(x, 2, 2, "valid");
}

/** 3 × 3 maximum of stride 2 with a border of one; the input is never negative, so a border of zeros is one of −∞. */
export function maxPool3(x: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(
    tf.pad(x, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D,
    3,
    2,
    "valid",
  );
}

/** Mean over the map. @param x float32 [n, height, width, channels] @returns float32 [n, channels] */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  return tf.mean(x, [1, 2]) as tf.Tensor2D;
}

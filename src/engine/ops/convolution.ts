import * as tf from "../tf.js";
import { hasKernel, onTorch, runNative } from "./kernels.js";

/**
 * Convolution with PyTorch's symmetric padding of (size − 1) / 2 on every side. TensorFlow's "same" pads an even image
 * asymmetrically under a stride, and TensorFlow has no gradient of one with explicit padding: there a strided one is
 * padded first.
 *
 * @param x float32 [n, height, width, in] @param filter float32 [size, size, in, out], size odd
 * @param stride pixels, >= 1 @returns float32 [n, ⌈height / stride⌉, ⌈width / stride⌉, out]
 */
export function convolution(x: tf.Tensor4D, filter: tf.Tensor4D, stride = 1): tf.Tensor4D {
  if (stride === 1) return tf.conv2d(x, filter, 1, "same");
  if (onTorch()) return tf.conv2d(x, filter, stride, borderOf(filter));
  const border = borderOf(filter);
  const padded = border[1][0] === 0 ? x : (tf.pad(x, border) as tf.Tensor4D);
  return tf.conv2d(padded, filter, stride, "valid");
}

/** The same filter, lying in memory as the engine's convolutions read it: for one that is used again and again. */
export function inEngineLayout(filter: tf.Tensor4D): tf.Tensor4D {
  return hasKernel("SslMemConvolution")
    ? (runNative("SslMemFilterLayout", [filter])[0] as tf.Tensor4D)
    : filter;
}

/** What follows a convolution whose batch normalisation was folded into its filter. */
export interface AfterConvolution {
  stride?: number;
  /** Added before the ReLU; the output's shape. */
  residual?: tf.Tensor4D | undefined;
  /** Whether max(·, 0) is taken. */
  activate?: boolean;
}

/**
 * relu(convolution(x, filter) + bias + residual): a residual network's convolution in inference, with its batch
 * normalisation folded in. One kernel on the torch engine; no gradient. Arguments as convolution.
 *
 * @param bias float32 [out]
 */
export function foldedConvolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  after: AfterConvolution = {},
): tf.Tensor4D {
  if (!hasKernel("SslMemConvolution")) return foldedConvolutionPlain(x, filter, bias, after);
  const { stride = 1, residual, activate = false } = after;
  const inputs = { x, filter, bias, ...(residual && { residual }) };
  const attributes = { strides: stride, pad: borderOf(filter), activate };
  return tf.engine().runKernel<tf.Tensor4D>("SslMemConvolution", inputs, attributes);
}

/** The plain composition that foldedConvolution is held to; same arguments and result, any backend. */
export function foldedConvolutionPlain(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  { stride = 1, residual, activate = false }: AfterConvolution = {},
): tf.Tensor4D {
  const y = tf.add(convolution(x, filter, stride), bias);
  const sum = residual === undefined ? y : tf.add(y, residual);
  return (activate ? tf.relu(sum) : sum) as tf.Tensor4D;
}

type Border = [[number, number], [number, number], [number, number], [number, number]];

function borderOf({ shape: [size] }: tf.Tensor4D): Border {
  const pad = (size - 1) / 2;
  return [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
}

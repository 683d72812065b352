import * as tf from "../tf.js";
import { onTorch } from "../torch/ops.js";

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
  const pad = (filter.shape[0] - 1) / 2;
  const border: Border = [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
  if (onTorch()) return tf.conv2d(x, filter, stride, border);
  return tf.conv2d(pad === 0 ? x : (tf.pad(x, border) as tf.Tensor4D), filter, stride, "valid");
}

type Border = [[number, number], [number, number], [number, number], [number, number]];

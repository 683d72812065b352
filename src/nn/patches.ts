import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { channelSpec, linear, weight } from "./layers.js";
import type { TransformerInitial } from "./transformer-initials.js";
import { SCHEMES } from "./transformer-schemes.js";
import type { ForwardContext, ParameterSpec } from "./types.js";

/**
 * Specifications of the convolution that makes tokens of patches: filter and bias, in files as the convolution has them.
 *
 * @param patch side of a patch, pixels @param dim length of a token
 */
export function patchSpecs(
  name: string,
  patch: number,
  dim: number,
  initial: TransformerInitial = "timm",
): ParameterSpec[] {
  const begin = SCHEMES[initial].patch(patch * patch * 3, dim);
  const filter: ParameterSpec = {
    name: `${name}.weight`,
    shape: [patch, patch, 3, dim],
    layout: "filter",
    initial: begin.weight,
    isLearned: true,
    isDecayed: true,
  };
  return [filter, channelSpec(`${name}.bias`, dim, begin.bias, true)];
}

/**
 * The pixels of each patch as one row: row, column and channel within the patch; patches row by row.
 *
 * @param x float32 [n, height, width, 3] @param patch side of a patch, pixels @param architecture its name, for errors
 * @returns float32 [n, patches, patch² · 3]
 * @throws SslMemError USAGE for views that patches do not cover exactly
 */
export function patchRows(x: tf.Tensor4D, patch: number, architecture = "a transformer"): tf.Tensor3D {
  const [n, height, width] = x.shape;
  const [rows, columns] = [height / patch, width / patch];
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw new SslMemError(
      "USAGE",
      `Expected views whose sides are multiples of ${patch} for ${architecture} but received ${height} × ${width}.`,
      "another --arch, or a --policy whose crops fit",
    );
  const cut = tf.transpose(tf.reshape(x, [n, rows, patch, columns, patch * 3]), [0, 1, 3, 2, 4]);
  return tf.reshape(cut, [n, rows * columns, patch * patch * 3]);
}

/** Tokens of patches. @param x float32 [n, patches, patch² · 3], as patchRows gives them @returns float32 [n, patches, dim] */
export function patchTokens(x: tf.Tensor3D, name: string, context: ForwardContext): tf.Tensor3D {
  const filter = weight(context, `${name}.weight`);
  const matrix: tf.Tensor2D = tf.reshape(filter, [-1, filter.shape.at(-1) as number]);
  return linear(x, name, context, matrix);
}

/**
 * Rows of each image by place.
 *
 * @param x float32 [n, rows, dim], or [rows, dim] for rows that all images share @param keep int32 [n, kept]
 * @returns float32 [n, kept, dim]
 */
export function rowsAt(x: tf.Tensor2D | tf.Tensor3D, keep: tf.Tensor2D): tf.Tensor3D {
  const [n, kept] = keep.shape;
  const dim = x.shape.at(-1) as number;
  // One gather of rows, whose gradient is one sum: TensorFlow.js takes the gradient of a batched one image by image.
  const each = x.shape[1] as number;
  const firsts = tf.range(0, n * each, each, "int32");
  const places = x.rank === 2 ? keep : tf.add(keep, tf.reshape(firsts, [n, 1]));
  const rows = tf.gather(tf.reshape(x, [-1, dim]), tf.reshape(places, [n * kept]) as tf.Tensor1D);
  return tf.reshape(rows, [n, kept, dim]);
}

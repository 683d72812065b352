import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { constant } from "./initial.js";
import { channelSpec, linear, linearSpecs, weight } from "./layers.js";
import { SCHEMES, type TransformerInitial } from "./transformer-initial.js";
import type { ForwardContext, ParameterSpec } from "./types.js";

/** Added to the variance of every layer normalisation, as in timm, MAE, DINO and I-JEPA. */
export const LAYER_NORM_EPSILON = 1e-6;

/** Specifications of a layer normalisation: scale and offset. */
export function layerNormSpecs(name: string, dim: number): ParameterSpec[] {
  return [
    channelSpec(`${name}.weight`, dim, constant(1), true),
    channelSpec(`${name}.bias`, dim, constant(0), true),
  ];
}

/** Layer normalisation over the last axis. @param x float32 [..., dim] */
export function layerNorm<T extends tf.Tensor>(x: T, name: string, context: ForwardContext): T {
  const gamma = weight(context, `${name}.weight`) as unknown as tf.Tensor1D;
  const beta = weight(context, `${name}.bias`) as unknown as tf.Tensor1D;
  return ops.layerNorm(x, gamma, beta, LAYER_NORM_EPSILON) as T;
}

/** A transformer block's sizes, and what it begins with. */
export interface BlockShape {
  /** Length of a token. */
  readonly dim: number;
  /** Number of the block among its like, from 1. */
  readonly depth: number;
  /** Width of the MLP's hidden layer over `dim`. Default 4. */
  readonly mlpRatio?: number;
  /** Default timm. */
  readonly initial?: TransformerInitial;
}

/** Specifications of a pre-norm block under timm's names: norm1, attn.qkv, attn.proj, norm2, mlp.fc1, mlp.fc2. */
export function blockSpecs(
  name: string,
  { dim, depth, mlpRatio = 4, initial = "timm" }: BlockShape,
): ParameterSpec[] {
  const { matrix } = SCHEMES[initial];
  const hidden = dim * mlpRatio;
  const dense = (layer: string, inputs: number, outputs: number, residual: boolean) =>
    linearSpecs(`${name}.${layer}`, inputs, outputs, {
      weight: matrix(inputs, outputs, residual ? depth : undefined),
      bias: constant(0),
    });
  return [
    ...layerNormSpecs(`${name}.norm1`, dim),
    ...dense("attn.qkv", dim, 3 * dim, false),
    ...dense("attn.proj", dim, dim, true),
    ...layerNormSpecs(`${name}.norm2`, dim),
    ...dense("mlp.fc1", dim, hidden, false),
    ...dense("mlp.fc2", hidden, dim, true),
  ];
}

/** What a block may do to its two branches before they are added. */
export interface BlockOptions {
  /** Changes what attention and MLP give: stochastic depth. @param y float32 [n, tokens, dim] @param which 0 or 1 */
  branch?(y: tf.Tensor3D, which: 0 | 1): tf.Tensor3D;
}

/**
 * A pre-norm block (Dosovitskiy et al. 2021, arXiv 2010.11929, equations 2 and 3): x + attention(norm(x)), then y + mlp(norm(y))
 * with exact GELU. Hands the two sums to `onLayer` as NAME.attn and NAME.mlp.
 *
 * @param x float32 [n, tokens, dim] @param heads divides dim
 * @returns float32 [n, tokens, dim]
 */
export function block(
  x: tf.Tensor3D,
  name: string,
  heads: number,
  context: ForwardContext,
  { branch = (y) => y }: BlockOptions = {},
): tf.Tensor3D {
  const qkv = linear(layerNorm(x, `${name}.norm1`, context), `${name}.attn.qkv`, context);
  const seen = linear(ops.selfAttention(qkv, heads), `${name}.attn.proj`, context);
  const attended: tf.Tensor3D = tf.add(x, branch(seen, 0));
  context.onLayer?.(`${name}.attn`, attended);
  const hidden = linear(layerNorm(attended, `${name}.norm2`, context), `${name}.mlp.fc1`, context);
  const said = linear(ops.gelu(hidden), `${name}.mlp.fc2`, context);
  const y: tf.Tensor3D = tf.add(attended, branch(said, 1));
  context.onLayer?.(`${name}.mlp`, y);
  return y;
}

/**
 * Fixed position embeddings of a square grid (MAE, arXiv 2111.06377, util/pos_embed.py; computed in float64): sines, then
 * cosines of the column in the first half of the values, of the row in the second.
 *
 * @param dim values of an embedding, a multiple of 4 @param side places in a row
 * @returns [side², dim], row-major
 */
export function sinCosPositions(dim: number, side: number): Float32Array {
  const out = new Float32Array(side * side * dim);
  const quarter = dim / 4;
  for (let place = 0; place < side * side; place++)
    for (const [half, at] of [place % side, Math.floor(place / side)].entries())
      for (let i = 0; i < quarter; i++) {
        const angle = at / 10_000 ** (i / quarter);
        const first = place * dim + half * 2 * quarter + i;
        out[first] = Math.sin(angle);
        out[first + quarter] = Math.cos(angle);
      }
  return out;
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
  const firsts = tf.mul(tf.range(0, n, 1, "int32"), x.shape[1] as number);
  const places = x.rank === 2 ? keep : tf.add(keep, tf.reshape(firsts, [n, 1]));
  const rows = tf.gather(tf.reshape(x, [-1, dim]), tf.reshape(places, [n * kept]) as tf.Tensor1D);
  return tf.reshape(rows, [n, kept, dim]);
}

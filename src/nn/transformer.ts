import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { constant } from "./initial.js";
import { channelSpec, linear, linearSpecs, weight } from "./layers.js";
import type { TransformerInitial } from "./transformer-initials.js";
import { SCHEMES } from "./transformer-schemes.js";
import type { ForwardContext, ParameterSpec } from "./types.js";

export { patchRows, patchSpecs, patchTokens, rowsAt } from "./patches.js";
export { positionSpec, positionsAt, sinCosPositions, tokenSpec } from "./positions.js";

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

/** Stochastic depth of one block. */
export interface Drop {
  /** How often an image goes around a branch, in [0, 1). */
  readonly rate: number;
  /** The block's first number of `context.noise`; it takes two, one for each branch. */
  readonly first: number;
}

/**
 * A pre-norm block (Dosovitskiy et al. 2021, arXiv 2010.11929, equations 2 and 3): x + attention(norm(x)), then y + mlp(norm(y))
 * with exact GELU. Hands the two sums to `onLayer` as NAME.attn and NAME.mlp.
 *
 * @param x float32 [n, tokens, dim] @param heads divides dim
 * @param options `drop`: with `context.noise`, some images go around a branch, and the branches of the others are scaled up
 *   (Huang et al. 2016, arXiv 1603.09382, as timm's DropPath)
 * @returns float32 [n, tokens, dim]
 */
export function block(
  x: tf.Tensor3D,
  name: string,
  heads: number,
  context: ForwardContext,
  { drop }: { drop?: Drop } = {},
): tf.Tensor3D {
  const branch = (y: tf.Tensor3D, which: 0 | 1) => dropped(y, which, drop, context);
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

/** What an image's branch adds: nothing, or 1 / (1 − rate) of itself, so that the mean stays. */
function dropped(
  y: tf.Tensor3D,
  which: 0 | 1,
  drop: Drop | undefined,
  { noise }: ForwardContext,
): tf.Tensor3D {
  if (noise === undefined || drop === undefined || drop.rate === 0) return y;
  const drawn = tf.slice(noise, [0, drop.first + which], [-1, 1]);
  const kept = tf.cast(tf.greaterEqual(drawn, drop.rate), "float32");
  return tf.mul(y, tf.reshape(tf.div(kept, 1 - drop.rate), [-1, 1, 1]));
}

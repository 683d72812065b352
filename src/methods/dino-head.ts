import type * as tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import type { ForwardContext, ParameterSpec } from "../nn/types.js";

/** Standard deviation of the matrices at first; the authors' truncated normal distribution is cut off at a hundred of it. */
const DEVIATION = 0.02;

/** Sizes of a head. */
export interface HeadShape {
  /** Length of a representation. */
  readonly dim: number;
  /** Width of the two hidden layers. */
  readonly hidden: number;
  /** Length of the bottleneck, in front of the prototypes. */
  readonly bottleneck: number;
  readonly prototypes: number;
  /** Whether all prototypes keep length 1. */
  readonly isUnit: boolean;
}

/** The name of the layer of prototypes. */
export const LAST_LAYER = "head.last_layer";

/** Arrays of DINO's head by the names in its code, vision_transformer.py: an MLP of three layers, a layer with weight normalisation. */
export function headSpecs(
  { dim, hidden, bottleneck, prototypes, isUnit }: HeadShape,
  { layers, initial }: Kit,
): ParameterSpec[] {
  const begin = { weight: initial.normal(DEVIATION), bias: initial.constant(0) };
  return [
    ...layers.linearSpecs("head.mlp.0", dim, hidden, begin),
    ...layers.linearSpecs("head.mlp.2", hidden, hidden, begin),
    ...layers.linearSpecs("head.mlp.4", hidden, bottleneck, begin),
    ...layers.weightNormSpecs(LAST_LAYER, bottleneck, prototypes, !isUnit),
  ];
}

/**
 * Cosines of a projection with the prototypes, times these' lengths.
 *
 * @param x float32 [n, dim] @param prefix of the arrays' names: "" or the teacher's @returns float32 [n, prototypes]
 */
export function prototypeScores(
  x: tf.Tensor2D,
  prefix: string,
  context: ForwardContext,
  { ops, layers }: Kit,
): tf.Tensor2D {
  const linear = (y: tf.Tensor2D, layer: number) => layers.linear(y, `${prefix}head.mlp.${layer}`, context);
  const projected = linear(ops.gelu(linear(ops.gelu(linear(x, 0)), 2)), 4);
  return layers.weightNormLinear(ops.unitRows(ops.inFloat32(projected)), prefix + LAST_LAYER, context);
}

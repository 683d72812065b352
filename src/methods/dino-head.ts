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
  /** Whether the hidden layers are batch-normalised. */
  readonly isNormed: boolean;
}

/** The name of the layer of prototypes. */
export const LAST_LAYER = "head.last_layer";

/** Places of the layers in the head's MLP: behind each of the hidden ones come a batch normalisation, where there is one, and GELU. */
const placesOf = (isNormed: boolean) => (isNormed ? [0, 3, 6] : [0, 2, 4]) as [number, number, number];
const nameOf = (place: number) => `head.mlp.${place}`;

/** Arrays of DINO's head by the names in its code, vision_transformer.py: an MLP of three layers, a layer with weight normalisation. */
export function headSpecs(shape: HeadShape, { layers, initial }: Kit): ParameterSpec[] {
  const { dim, hidden, bottleneck, prototypes, isUnit, isNormed } = shape;
  const begin = { weight: initial.normal(DEVIATION), bias: initial.constant(0) };
  const [first, second, last] = placesOf(isNormed);
  const norm = (place: number) => (isNormed ? layers.normSpecs(nameOf(place + 1), hidden) : []);
  return [
    ...layers.linearSpecs(nameOf(first), dim, hidden, begin),
    ...norm(first),
    ...layers.linearSpecs(nameOf(second), hidden, hidden, begin),
    ...norm(second),
    ...layers.linearSpecs(nameOf(last), hidden, bottleneck, begin),
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
  { isNormed }: Pick<HeadShape, "isNormed">,
  context: ForwardContext,
  { ops, layers }: Kit,
): tf.Tensor2D {
  const [first, second, last] = placesOf(isNormed);
  const linear = (y: tf.Tensor2D, place: number) => layers.linear(y, prefix + nameOf(place), context);
  const hidden = (y: tf.Tensor2D, place: number) => {
    const z = linear(y, place);
    return ops.gelu(isNormed ? layers.norm(z, prefix + nameOf(place + 1), context) : z);
  };
  const projected = linear(hidden(hidden(x, first), second), last);
  return layers.weightNormLinear(ops.unitRows(ops.inFloat32(projected)), prefix + LAST_LAYER, context);
}

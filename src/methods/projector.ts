import type * as tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import type { ForwardContext, ParameterSpec } from "../nn/types.js";

/** A head of three linear layers. */
export interface Projector {
  readonly parameters: readonly ParameterSpec[];
  /** @param x float32 [n, inputs] @returns float32 [n, outputs] */
  project(x: tf.Tensor2D, head: ForwardContext): tf.Tensor2D;
}

/**
 * Linear, batch normalisation, ReLU, twice, then a linear layer without bias: the projector of SimSiam, Barlow Twins and VICReg, by
 * the names that nn.Sequential gives.
 *
 * @param widths of its input, its hidden layers and its output @param bias whether the hidden layers have one
 */
export function threeLayers(
  { ops, layers }: Kit,
  [inputs, hidden, outputs]: readonly [number, number, number],
  bias: boolean,
): Projector {
  const { linear, linearSpecs, norm, normSpecs } = layers;
  return {
    parameters: [
      ...linearSpecs("projector.0", inputs, hidden, bias),
      ...normSpecs("projector.1", hidden),
      ...linearSpecs("projector.3", hidden, hidden, bias),
      ...normSpecs("projector.4", hidden),
      ...linearSpecs("projector.6", hidden, outputs, false),
    ],
    project(x, head) {
      const first = ops.relu(norm(linear(x, "projector.0", head), "projector.1", head));
      const second = ops.relu(norm(linear(first, "projector.3", head), "projector.4", head));
      return linear(second, "projector.6", head);
    },
  };
}

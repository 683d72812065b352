import type * as tf from "../engine/tf.js";
import type { Nets } from "../methods/types.js";

/** A pass of views through the trained encoder. */
export interface Pass {
  /** What went in: a batch's own tensor, or one that a loss has made of it. */
  readonly views: tf.Tensor4D;
  /** Whether it saw all of each view: no patch was hidden. */
  readonly isWhole: boolean;
  /** float32 [n, dim] */
  readonly pooled: tf.Tensor2D;
}

/** The same nets, and the passes that they make through the trained encoder from now on, in order; those of a teacher are not among them. */
export function remembering(nets: Nets): { nets: Nets; passes: readonly Pass[] } {
  const passes: Pass[] = [];
  const encode: Nets["encode"] = (views, options = {}) => {
    const features = nets.encode(views, options);
    const { arrays = "", keep } = options;
    if (arrays === "") passes.push({ views, isWhole: keep === undefined, pooled: features.pooled });
    return features;
  };
  return { nets: { ...nets, encode }, passes };
}

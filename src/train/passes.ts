import * as tf from "../engine/tf.js";
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

/** Nets as this program makes them: they can do more than a method is told of. */
export interface TrainingNets extends Nets {
  /** @param options.statistics false: the batch statistics of this pass do not enter the running ones */
  encode(
    views: tf.Tensor4D,
    options?: { arrays?: string; keep?: tf.Tensor2D; statistics?: boolean },
  ): ReturnType<Nets["encode"]>;
}

/**
 * The rows of one view of every image.
 *
 * @param x [images · count, …], image-major @param view in [0, count)
 * @returns [images, …]
 */
export function ofView<T extends tf.Tensor>(x: T, view: number, count: number): T {
  if (count === 1) return x;
  const [rows, ...rest] = x.shape as [number, ...number[]];
  const each = tf.reshape(x, [rows / count, count, ...rest]);
  const begin = [0, view, ...rest.map(() => 0)];
  return tf.reshape(tf.slice(each, begin, [rows / count, 1, ...rest]), [rows / count, ...rest]) as T;
}

/** The same nets, and the passes that they make through the trained encoder from now on, in order; those of a teacher are not among them. */
export function remembering(nets: TrainingNets): { nets: TrainingNets; passes: readonly Pass[] } {
  const passes: Pass[] = [];
  const encode: TrainingNets["encode"] = (views, options = {}) => {
    const features = nets.encode(views, options);
    const { arrays = "", keep } = options;
    if (arrays === "") passes.push({ views, isWhole: keep === undefined, pooled: features.pooled });
    return features;
  };
  return { nets: { ...nets, encode }, passes };
}

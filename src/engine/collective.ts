import type * as tf from "./tf.js";

/**
 * Processes that train one model on parts of each batch, all of them doing the same. Everybody calls the same functions in the
 * same order, with tensors of the same shapes.
 */
export interface Collective {
  /** Number of this process, from 0. */
  readonly rank: number;
  /** How many there are, at least 1. */
  readonly size: number;
  /**
   * The rows of all ranks, in their order: float32 [n, d] → [size · n, d]. Differentiable: the gradient is the sum over ranks of
   * the rows that are ours, so that the mean of all ranks' gradients is that of a loss of all rows.
   */
  gather(x: tf.Tensor2D): tf.Tensor2D;
  /** Means over ranks, one for each tensor (float32, any shape), in their order. */
  mean(tensors: readonly tf.Tensor[]): tf.Tensor[];
}

/** Nobody else: what is gathered and averaged is what there is. */
export const alone: Collective = { rank: 0, size: 1, gather: (x) => x, mean: (tensors) => [...tensors] };

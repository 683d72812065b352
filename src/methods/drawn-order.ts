import type * as Tf from "../engine/tf.js";

/**
 * Places in the ascending order of their numbers, equal ones in the order of places (argsort). No gradient flows through it.
 *
 * @param numbers float32 [n, places]
 * @returns int32 [n, places]
 */
export function drawnOrder(numbers: Tf.Tensor2D, tf: typeof Tf): Tf.Tensor2D {
  // Of equal numbers the one at the first place comes first, on either engine.
  return tf.topk(tf.neg(numbers), numbers.shape[1]).indices as Tf.Tensor2D;
}

/** The same order of one image's numbers, without an engine. @param numbers float32 [places] */
export function orderOf(numbers: Float32Array): number[] {
  const order = Array.from(numbers, (_, place) => place);
  return order.sort((a, b) => (numbers[a] as number) - (numbers[b] as number) || a - b);
}

import * as tf from "../tf.js";

/** The same values, through which no gradient flows. @param x float32, any shape */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const blocked = tf.customGrad((y) => ({
    value: tf.clone(y as tf.Tensor),
    gradFunc: () => tf.zerosLike(y as tf.Tensor),
  }));
  return blocked(x) as T;
}

/**
 * What `make` gives, as a constant: no gradient flows through it, and nothing that it makes on the way is kept for one.
 *
 * @param make float32, any shape
 */
export function withoutGradient<T extends tf.Tensor>(make: () => T): T {
  return tf.customGrad(() => ({ value: make(), gradFunc: () => [] }))() as T;
}

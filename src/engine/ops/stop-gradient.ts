import * as tf from "../tf.js";

/** The same values, through which no gradient flows. @param x float32, any shape */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const blocked = tf.customGrad((y) => ({
    value: tf.clone(y as tf.Tensor),
    gradFunc: () => tf.zerosLike(y as tf.Tensor),
  }));
  return blocked(x) as T;
}

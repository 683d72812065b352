import * as tf from "./tf.js";

/**
 * The values of a tensor that is made for them alone, row-major; everything else that `make` makes is freed. Not a tidy that
 * returns values: TensorFlow.js looks for tensors in what a tidy returns, one value after the other, which takes microseconds for each.
 *
 * @param make gives a new tensor, not one that others use
 */
export function valuesOnce(make: () => tf.Tensor): Float32Array | Int32Array {
  const made = tf.tidy(make);
  try {
    return made.dataSync() as Float32Array | Int32Array;
  } finally {
    made.dispose();
  }
}

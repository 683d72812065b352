import * as tf from "../../engine/tf.js";
import type { MeasureRule } from "./types.js";
import { heldOf, mapped, tensorsOf, withTensors } from "./values.js";

/**
 * Measures a batch whose images are spread over the ranks of a collective: gradients, loss, metrics and batch statistics are
 * means over the ranks, and the rows that they carry follow one another. Every rank then makes the same update. As without
 * synchronised batch normalisation everywhere, a rank normalises by its own images.
 */
export const reduced: MeasureRule = (measure, { collective }) => {
  if (collective.size === 1) return measure;
  const rowsOfAll = (x: tf.Tensor): tf.Tensor => {
    const [rows, ...rest] = x.shape as [number, ...number[]];
    return tf.reshape(collective.gather(tf.reshape(x, [rows, -1])), [-1, ...rest]);
  };
  return {
    of: (batch, at) =>
      heldOf(() => {
        const own = measure.of(batch, at);
        const averaged = { ...own, carry: {} };
        const means = withTensors(averaged, collective.mean(tensorsOf(averaged)));
        const carry = mapped(own.carry, rowsOfAll);
        own.release();
        return { ...means, carry };
      }),
    dispose: () => measure.dispose(),
  };
};

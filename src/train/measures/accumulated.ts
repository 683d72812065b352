import * as tf from "../../engine/tf.js";
import type { Batch } from "../../methods/types.js";
import type { Measured, MeasureRule, Values } from "./types.js";
import { heldOf, mapped, mappedViews, tensorsOf } from "./values.js";

/**
 * Measures a batch in equal parts, one after the other, so that no more than a part's activations are held: gradients, loss
 * and metrics are means over the parts, their batch statistics follow one another, and so do the rows that they carry.
 */
export const accumulated: MeasureRule = (measure, { parts }) => {
  if (parts === 1) return measure;
  return {
    of(batch, at) {
      let sum: Measured | null = null;
      for (let part = 0; part < parts; part++) {
        const before: Measured | null = sum;
        sum = heldOf(() => {
          const measured = measure.of(partOf(batch, part, parts), at);
          const share = shareOf(measured, parts);
          measured.release();
          return before === null ? share : joined(before, share);
        });
        if (before !== null) tf.dispose(tensorsOf({ ...before, statistics: [] }));
      }
      return sum as Measured;
    },
    dispose: () => measure.dispose(),
  };
};

/** The images of one part. Views, labels and noise have them on the first axis, each with as many rows as any other. */
function partOf({ views, labels, noise }: Batch, part: number, parts: number): Batch {
  const rows = <T extends tf.Tensor>(x: T): T => {
    const count = (x.shape[0] as number) / parts;
    return tf.slice(x, part * count, count) as T;
  };
  return {
    views: mappedViews(views, rows),
    labels: rows(labels),
    noise: mapped(noise, rows),
  };
}

/** What a part adds, in tensors of its own: the next part of a recording is written over what this one returned. */
function shareOf({ loss, metrics, gradients, statistics, carry }: Values, parts: number): Values {
  const share = (x: tf.Tensor): tf.Tensor => tf.div(x, parts);
  const copy = (x: tf.Tensor): tf.Tensor => tf.add(x, 0);
  return {
    loss: share(loss),
    metrics: mapped(metrics, share),
    gradients: gradients.map(share),
    statistics: statistics.map(([name, mean, variance]) => [name, copy(mean), copy(variance)] as const),
    carry: mapped(carry, copy),
  };
}

/** The parts so far and the next one; the statistics so far are handed on as they are. */
function joined(before: Values, { loss, metrics, gradients, statistics, carry }: Values): Values {
  return {
    loss: tf.add(before.loss, loss),
    metrics: mapped(metrics, (x, name) => tf.add(before.metrics[name] as tf.Tensor, x)),
    gradients: gradients.map((x, i) => tf.add(before.gradients[i] as tf.Tensor, x)),
    statistics: [...before.statistics, ...statistics],
    carry: mapped(carry, (x, name) => tf.concat([before.carry[name] as tf.Tensor, x], 0)),
  };
}

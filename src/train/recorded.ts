import { runNative } from "../engine/ops/kernels.js";
import type { Recorder, Recording } from "../engine/recorder.js";
import * as tf from "../engine/tf.js";
import type { Batch, Scalars } from "../methods/types.js";
import type { Measure, Measured } from "./measure.js";

/** Steps before the recording: libraries choose their algorithms and take their memory in them. */
const WARM_UP = 3;

/**
 * Measures batches with a recording: each is copied to where the recorded work reads, which then starts as one. The next
 * call writes over what a call returned.
 *
 * @param weights what `measure` reads beside the batch and its numbers
 */
export function recorded(measure: Measure, recorder: Recorder, weights: readonly tf.Tensor[]): Measure {
  let steps = 0;
  let inputs: Inputs | null = null;
  let recording: Recording | null = null;
  let shape: Shape | null = null;
  return {
    of(batch, at) {
      if (steps++ < WARM_UP) return measure.of(batch, at);
      if (inputs === null) {
        const own = copied(batch, at);
        recording = recorder.record([...weights, ...tensorsOf(own)], () => {
          const { release: _, ...measured } = measure.of(own.batch, own.at);
          shape = shapeOf(measured);
          return flat(measured);
        });
        inputs = own;
      } else {
        const own = tensorsOf(inputs);
        if (own.length > 0)
          runNative("SslMemAssign", [...own, ...tensorsOf({ batch, at })], { updated: own.length });
      }
      const { outputs, replay } = recording as Recording;
      replay();
      return { ...unflat(outputs, shape as Shape), release: () => {} };
    },
    dispose() {
      recording?.dispose();
      if (inputs !== null) tf.dispose(tensorsOf(inputs));
      measure.dispose();
    },
  };
}

interface Inputs {
  readonly batch: Batch;
  readonly at: Scalars;
}

function copied({ views, labels, noise }: Batch, at: Scalars): Inputs {
  const copy = <T extends tf.Tensor>(x: T): T => tf.keep(runNative("SslMemCopy", [x])[0] as T);
  const each = <T extends tf.Tensor>(of: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(of).map(([name, x]) => [name, copy(x)]));
  return {
    batch: {
      views: views.map(copy) as unknown as Batch["views"],
      labels: labels.size === 0 ? labels : copy(labels),
      noise: each(noise),
    },
    at: each(at),
  };
}

const tensorsOf = ({ batch: { views, labels, noise }, at }: Inputs): tf.Tensor[] => [
  ...views,
  ...(labels.size === 0 ? [] : [labels]),
  ...Object.values(noise),
  ...Object.values(at),
];

type Values = Omit<Measured, "release">;
/** Names and numbers of what was measured, in the order of the flat list. */
interface Shape {
  readonly metrics: readonly string[];
  readonly carry: readonly string[];
  readonly gradients: number;
  readonly statistics: readonly string[];
}

const shapeOf = ({ metrics, carry, gradients, statistics }: Values): Shape => ({
  metrics: Object.keys(metrics),
  carry: Object.keys(carry),
  gradients: gradients.length,
  statistics: statistics.map(([name]) => name),
});

const flat = ({ loss, metrics, carry, gradients, statistics }: Values): tf.Tensor[] => [
  loss,
  ...Object.values(metrics),
  ...Object.values(carry),
  ...gradients,
  ...statistics.flatMap(([, mean, variance]) => [mean, variance]),
];

function unflat(tensors: readonly tf.Tensor[], shape: Shape): Values {
  let next = 0;
  const take = () => tensors[next++] as tf.Tensor;
  return {
    loss: take(),
    metrics: Object.fromEntries(shape.metrics.map((name) => [name, take()])),
    carry: Object.fromEntries(shape.carry.map((name) => [name, take()])),
    gradients: Array.from({ length: shape.gradients }, take),
    statistics: shape.statistics.map((name) => [name, take(), take()] as const),
  };
}

import { runNative } from "../../engine/ops/kernels.js";
import type { Recording } from "../../engine/recorder.js";
import * as tf from "../../engine/tf.js";
import type { Batch, Scalars } from "../../methods/types.js";
import type { MeasureRule, Values } from "./types.js";
import { mapped, mappedViews, tensorsOf, withTensors } from "./values.js";

/** Batches before the recording: libraries choose their algorithms and take their memory in them. */
const WARM_UP = 3;

/**
 * Measures batches with a recording: each is copied to where the recorded work reads, which then starts as one. The next
 * call writes over what a call returned.
 */
export const recorded: MeasureRule = (measure, { recorder, network }) => {
  if (recorder === null) return measure;
  const weights = [...network.weights.values()];
  let batches = 0;
  let inputs: Inputs | null = null;
  let recording: Recording | null = null;
  let names: Values | null = null;
  return {
    of(batch, at) {
      if (batches++ < WARM_UP) return measure.of(batch, at);
      if (inputs === null) {
        const own = copied(batch, at);
        recording = recorder.record([...weights, ...inputTensors(own)], () => {
          names = measure.of(own.batch, own.at);
          return tensorsOf(names);
        });
        inputs = own;
      } else {
        const own = inputTensors(inputs);
        if (own.length > 0)
          runNative("SslMemAssign", [...own, ...inputTensors({ batch, at })], { updated: own.length });
      }
      const { outputs, replay } = recording as Recording;
      replay();
      return { ...withTensors(names as Values, outputs), release: () => {} };
    },
    dispose() {
      recording?.dispose();
      if (inputs !== null) tf.dispose(inputTensors(inputs));
      measure.dispose();
    },
  };
};

interface Inputs {
  readonly batch: Batch;
  readonly at: Scalars;
}

function copied({ views, labels, noise }: Batch, at: Scalars): Inputs {
  const copy = <T extends tf.Tensor>(x: T): T => tf.keep(runNative("SslMemCopy", [x])[0] as T);
  return {
    batch: {
      views: mappedViews(views, copy),
      labels: labels.size === 0 ? labels : copy(labels),
      noise: mapped(noise, copy),
    },
    at: mapped(at, copy),
  };
}

const inputTensors = ({ batch: { views, labels, noise }, at }: Inputs): tf.Tensor[] => [
  ...views,
  ...(labels.size === 0 ? [] : [labels]),
  ...Object.values(noise),
  ...Object.values(at),
];

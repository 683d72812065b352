import * as tf from "../engine/tf.js";
import type { Batch, Objective, Outcome, Scalars } from "../methods/types.js";
import type { WeightedNetwork } from "./network.js";

/** What a batch says to a model, on the engine's device. */
export interface Measured {
  readonly loss: tf.Tensor;
  readonly metrics: Readonly<Record<string, tf.Tensor>>;
  readonly carry: Readonly<tf.NamedTensorMap>;
  /** Of every learned array, in the model's order. */
  readonly gradients: readonly tf.Tensor[];
  /** Name of a normalisation, mean and variance of a batch, in the order of the passes. */
  readonly statistics: readonly (readonly [string, tf.Tensor, tf.Tensor])[];
  /** Frees what is the caller's. */
  release(): void;
}

/**
 * Loss and gradients of a batch: reads nothing back and changes nothing. Recording a step and sharing it between processes
 * are wrappers of this function.
 */
export interface Measure {
  of(batch: Batch, at: Scalars): Measured;
  dispose(): void;
}

/** The measurement itself, step by step. @param learned variables in the model's order */
export function measureOf(
  network: WeightedNetwork,
  objective: Objective,
  learned: readonly tf.Variable[],
): Measure {
  return {
    of(batch, at) {
      const statistics: [string, tf.Tensor, tf.Tensor][] = [];
      const nets = network.nets((name, mean, variance) =>
        statistics.push([name, tf.keep(mean), tf.keep(variance)]),
      );
      let outcome: Outcome | undefined;
      // variableGrads names gradients by the variables' own names, which are not ours.
      const { value, grads } = tf.variableGrads(() => {
        outcome = objective.loss(batch, nets, at);
        for (const tensor of besides(outcome)) tf.keep(tensor);
        return outcome.loss;
      }, [...learned]);
      const gradients = learned.map(({ name }) => tf.keep(grads[name] as tf.Tensor));
      const { metrics = {}, carry = {} } = outcome as Outcome;
      const loss = tf.keep(value);
      const release = () =>
        tf.dispose([
          loss,
          ...gradients,
          ...statistics.flatMap(([, mean, variance]) => [mean, variance]),
          ...Object.values(metrics),
          ...Object.values(carry),
        ]);
      return { loss, metrics, carry, gradients, statistics, release };
    },
    dispose() {},
  };
}

const besides = ({ metrics = {}, carry = {} }: Outcome) => [
  ...Object.values(metrics),
  ...Object.values(carry),
];

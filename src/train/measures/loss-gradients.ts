import * as tf from "../../engine/tf.js";
import type { Outcome } from "../../methods/types.js";
import { methodName } from "../contract.js";
import { ENCODER_NOISE } from "../network.js";
import type { Measure, Measuring } from "./types.js";
import { held } from "./values.js";

/** The measurement itself: the loss of a batch and its gradients, one kernel after the other. */
export function plain({ method, undeclared, network, objective, learned }: Measuring): Measure {
  const what = `the loss of ${methodName(method)}`;
  return {
    of(batch, at) {
      const statistics: [string, tf.Tensor, tf.Tensor][] = [];
      const onStatistics = (name: string, mean: tf.Tensor, variance: tf.Tensor) =>
        statistics.push([name, tf.keep(mean), tf.keep(variance)]);
      const nets = network.nets(onStatistics, batch.noise[ENCODER_NOISE]);
      const watched = { ...batch, noise: undeclared.watching(batch.noise, "noise") };
      let outcome: Outcome | undefined;
      // variableGrads names gradients by the variables' own names, which are not ours.
      const { value, grads } = undeclared.blaming(what, () =>
        tf.variableGrads(() => {
          outcome = objective.loss(watched, nets, undeclared.watching(at, "schedule"));
          for (const tensor of besides(outcome)) tf.keep(tensor);
          return outcome.loss;
        }, [...learned]),
      );
      // TensorFlow.js leaves out what the loss does not look at.
      const gradients = learned.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
      const { metrics = {}, carry = {} } = outcome as Outcome;
      return held({ loss: value, metrics, carry, gradients, statistics });
    },
    dispose() {},
  };
}

const besides = ({ metrics = {}, carry = {} }: Outcome) => [
  ...Object.values(metrics),
  ...Object.values(carry),
];

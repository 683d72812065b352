import * as tf from "../../engine/tf.js";
import { SslMemError } from "../../errors.js";
import type { Outcome } from "../../methods/types.js";
import { ENCODER_NOISE } from "../network.js";
import type { Measure, Measuring } from "./types.js";
import { held } from "./values.js";

/** The measurement itself: the loss of a batch and its gradients, one kernel after the other. */
export function plain({ network, objective, learned }: Measuring): Measure {
  return {
    of(batch, at) {
      const statistics: [string, tf.Tensor, tf.Tensor][] = [];
      const onStatistics = (name: string, mean: tf.Tensor, variance: tf.Tensor) =>
        statistics.push([name, tf.keep(mean), tf.keep(variance)]);
      const nets = network.nets(onStatistics, batch.noise[ENCODER_NOISE]);
      let outcome: Outcome | undefined;
      // variableGrads names gradients by the variables' own names, which are not ours.
      const { value, grads } = tf.variableGrads(() => {
        outcome = objective.loss(batch, nets, at);
        for (const tensor of besides(outcome)) tf.keep(tensor);
        return outcome.loss;
      }, [...learned]);
      // TensorFlow.js leaves out what the loss does not look at.
      const gradients = learned.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
      const { metrics = {}, carry = {} } = outcome as Outcome;
      checkRows(carry);
      return held({ loss: value, metrics, carry, gradients, statistics });
    },
    dispose() {},
  };
}

const besides = ({ metrics = {}, carry = {} }: Outcome) => [
  ...Object.values(metrics),
  ...Object.values(carry),
];

/** A method whose carry has no rows would do until the day on which its batches come in parts. */
function checkRows(carry: tf.NamedTensorMap): void {
  for (const [name, { rank }] of Object.entries(carry))
    if (rank === 0)
      throw new SslMemError(
        "INTERNAL",
        `Expected rows on the first axis of "${name}", which a loss carries, but it is a scalar.`,
      );
}

import * as tf from "../../engine/tf.js";
import type { Batch } from "../../methods/types.js";
import type { Measured, Values } from "./types.js";

/** Every tensor of what was measured, in a fixed order. */
export const tensorsOf = ({ loss, metrics, gradients, statistics, carry }: Values): tf.Tensor[] => [
  loss,
  ...Object.values(metrics),
  ...gradients,
  ...statistics.flatMap(([, mean, variance]) => [mean, variance]),
  ...Object.values(carry),
];

/** The names and numbers of what was measured over other tensors, in the order of tensorsOf. */
export function withTensors(
  { metrics, gradients, statistics, carry }: Values,
  tensors: readonly tf.Tensor[],
): Values {
  let next = 0;
  const take = () => tensors[next++] as tf.Tensor;
  return {
    loss: take(),
    metrics: mapped(metrics, take),
    gradients: gradients.map(take),
    statistics: statistics.map(([name]) => [name, take(), take()] as const),
    carry: mapped(carry, take),
  };
}

/** Tensors by name, each changed. */
export const mapped = <T extends tf.Tensor>(
  named: Readonly<Record<string, T>>,
  change: (x: T, name: string) => T,
): Record<string, T> => Object.fromEntries(Object.entries(named).map(([name, x]) => [name, change(x, name)]));

/** The views of a batch, each changed. */
export const mappedViews = (
  [first, ...others]: Batch["views"],
  change: (x: tf.Tensor4D) => tf.Tensor4D,
): Batch["views"] => [change(first), ...others.map(change)];

/** Keeps the tensors until they are released. */
export function held(values: Values): Measured {
  for (const tensor of tensorsOf(values)) tf.keep(tensor);
  return { ...values, release: () => tf.dispose(tensorsOf(values)) };
}

/** The same of what `make` gives; everything else that it makes is freed. */
export function heldOf(make: () => Values): Measured {
  let made: Measured | undefined;
  tf.tidy(() => {
    made = held(make());
  });
  return made as Measured;
}

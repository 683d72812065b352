import { adamwUpdate, sgdUpdate } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import type { StoredTensor } from "../nn/index.js";
import type { OptimizerName } from "./types.js";

export interface OptimizerSettings {
  optimizer: OptimizerName;
  momentum: number;
  weightDecay: number;
}

/** Updates variables by their gradients and keeps the state that this needs. */
export interface Optimizer {
  /** Whether `name` is decayed was settled when it was made. @param step from 0 */
  apply(gradients: tf.NamedTensorMap, learningRate: number, step: number): void;
  /** The state's arrays, and putting them back. */
  state(): Map<string, StoredTensor>;
  restore(state: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/**
 * SGD with momentum (v ← m v + g + λ w, w ← w − η v, as torch.optim.SGD) or AdamW (Loshchilov and Hutter 2019, decoupled
 * decay, as torch.optim.AdamW).
 *
 * @param variables trainable variables by name @param decays which of them are decayed
 */
export function makeOptimizer(
  variables: ReadonlyMap<string, tf.Variable>,
  decays: ReadonlySet<string>,
  settings: OptimizerSettings,
): Optimizer {
  const slots = settings.optimizer === "sgd" ? ["momentum"] : ["first", "second"];
  const state = new Map<string, tf.Variable>();
  for (const [name, value] of variables) {
    for (const slot of slots)
      state.set(
        `${name}.${slot}`,
        tf.tidy(() => tf.variable(tf.zerosLike(value), false)),
      );
  }
  const names = [...variables.keys()];
  const slot = (of: readonly string[], which: string) =>
    of.map((name) => state.get(`${name}.${which}`) as tf.Variable);
  // Decayed and not decayed: one list of each.
  const groups = [
    { of: names.filter((name) => decays.has(name)), decay: settings.weightDecay },
    { of: names.filter((name) => !decays.has(name)), decay: 0 },
  ].filter(({ of }) => of.length > 0);
  return {
    apply(gradients, rate, step) {
      for (const { of, decay } of groups) {
        const weights = of.map((name) => variables.get(name) as tf.Variable);
        const slopes = of.map((name) => gradients[name] as tf.Tensor);
        if (settings.optimizer === "sgd") {
          const { momentum } = settings;
          sgdUpdate(weights, slot(of, "momentum"), slopes, { rate, momentum, decay });
        } else {
          adamwUpdate(weights, slot(of, "first"), slot(of, "second"), slopes, { rate, decay, step });
        }
      }
    },
    state: () =>
      new Map(
        [...state].map(([name, v]) => [name, { shape: [...v.shape], data: Float32Array.from(v.dataSync()) }]),
      ),
    restore(stored) {
      for (const [name, value] of state) {
        const { shape, data } = stored.get(name) as StoredTensor;
        tf.tidy(() => value.assign(tf.tensor(data, shape)));
      }
    },
    dispose() {
      for (const value of state.values()) value.dispose();
    },
  };
}

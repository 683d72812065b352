import { adamwUpdate, clipGradients, larsUpdate, sgdUpdate } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { checkExactNames, type DeferredTensor, type StoredTensor } from "../nn/index.js";
import type { OptimizerName } from "./types.js";

/** The settings of a recipe that say how gradients change variables. */
export interface OptimizerSettings {
  optimizer: OptimizerName;
  momentum: number;
  weightDecay: number;
  /** Norm that all gradients together are scaled down to, > 0; null or left out: they stay as they are. */
  clipGradientNorm?: number | null | undefined;
}

/** Updates variables by their gradients and keeps the state that this needs. */
export interface Optimizer {
  /** Whether `name` is decayed was settled when it was made. @param step from 0 */
  apply(gradients: tf.NamedTensorMap, learningRate: number, step: number): void;
  /** The state's arrays, made when their data are asked for: until `apply` changes them. */
  state(): Map<string, DeferredTensor>;
  /** Puts the arrays back. Throws SslMemError DATA unless they have the state's names and shapes. */
  restore(state: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/**
 * SGD with momentum (v ← m v + g + λ w, w ← w − η v, as torch.optim.SGD), AdamW (Loshchilov and Hutter 2019, decoupled
 * decay, as torch.optim.AdamW) or LARS (You et al. 2017, SimCLR's form; what is not decayed is not adapted either).
 * Gradients are clipped by their common norm first, if asked for.
 *
 * @param variables trainable variables by name @param decays which of them are decayed
 */
export function makeOptimizer(
  variables: ReadonlyMap<string, tf.Variable>,
  decays: ReadonlySet<string>,
  settings: OptimizerSettings,
): Optimizer {
  const slots = settings.optimizer === "adamw" ? ["first", "second"] : ["momentum"];
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
    { of: names.filter((name) => decays.has(name)), decay: settings.weightDecay, adapt: true },
    { of: names.filter((name) => !decays.has(name)), decay: 0, adapt: false },
  ].filter(({ of }) => of.length > 0);
  return {
    apply(given, rate, step) {
      const { clipGradientNorm = null, momentum } = settings;
      const gradients = clipGradientNorm === null ? given : clipped(given, names, clipGradientNorm);
      for (const { of, decay, adapt } of groups) {
        const weights = of.map((name) => variables.get(name) as tf.Variable);
        const slopes = of.map((name) => gradients[name] as tf.Tensor);
        if (settings.optimizer === "sgd") {
          sgdUpdate(weights, slot(of, "momentum"), slopes, { rate, momentum, decay });
        } else if (settings.optimizer === "lars") {
          larsUpdate(weights, slot(of, "momentum"), slopes, { rate, momentum, decay, adapt });
        } else {
          adamwUpdate(weights, slot(of, "first"), slot(of, "second"), slopes, { rate, decay, step });
        }
      }
      if (gradients !== given) tf.dispose(gradients);
    },
    state: () =>
      new Map(
        [...state].map(([name, v]) => [name, { shape: v.shape, data: () => v.dataSync() as Float32Array }]),
      ),
    restore(stored) {
      checkExactNames([...state.keys()], [...stored.keys()], "the checkpoint's optimiser state");
      for (const [name, value] of state) {
        const { shape, data } = stored.get(name) as StoredTensor;
        if (shape.join() !== value.shape.join())
          throw new SslMemError(
            "DATA",
            `Expected shape [${value.shape}] for ${name} in the checkpoint's optimiser state but received [${shape}].`,
            "--force starts the training over",
          );
        tf.tidy(() => value.assign(tf.tensor(data, shape)));
      }
    },
    dispose() {
      for (const value of state.values()) value.dispose();
    },
  };
}

function clipped(given: tf.NamedTensorMap, names: readonly string[], limit: number): tf.NamedTensorMap {
  const { clipped: scaled, norm } = clipGradients(
    names.map((name) => given[name] as tf.Tensor),
    limit,
  );
  norm.dispose();
  return Object.fromEntries(names.map((name, i) => [name, scaled[i] as tf.Tensor]));
}

import * as tf from "../engine/tf.js";
import type { StoredTensor } from "../nn/index.js";
import type { OptimizerName } from "./types.js";

/** Constants of AdamW as PyTorch has them. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

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
  const slot = (name: string, which: string) => state.get(`${name}.${which}`) as tf.Variable;
  const update = settings.optimizer === "sgd" ? sgd : adamw;
  return {
    apply(gradients, learningRate, step) {
      for (const [name, value] of variables) {
        const decay = decays.has(name) ? settings.weightDecay : 0;
        tf.tidy(() =>
          update(value, gradients[name] as tf.Tensor, (which) => slot(name, which), {
            ...settings,
            decay,
            learningRate,
            step,
          }),
        );
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

interface UpdateSettings {
  momentum: number;
  decay: number;
  learningRate: number;
  step: number;
}
type Slot = (which: string) => tf.Variable;

function sgd(
  w: tf.Variable,
  g: tf.Tensor,
  slot: Slot,
  { momentum, decay, learningRate }: UpdateSettings,
): void {
  const decayed = decay === 0 ? g : tf.add(g, tf.mul(w, decay));
  const v = slot("momentum");
  v.assign(tf.add(tf.mul(v, momentum), decayed));
  w.assign(tf.sub(w, tf.mul(v, learningRate)));
}

function adamw(
  w: tf.Variable,
  g: tf.Tensor,
  slot: Slot,
  { decay, learningRate, step }: UpdateSettings,
): void {
  const [m, v] = [slot("first"), slot("second")];
  m.assign(tf.add(tf.mul(m, BETA1), tf.mul(g, 1 - BETA1)));
  v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(g), 1 - BETA2)));
  const rate = learningRate / (1 - BETA1 ** (step + 1));
  const denominator = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - BETA2 ** (step + 1))), EPSILON);
  const shrunk = decay === 0 ? w : tf.mul(w, 1 - learningRate * decay);
  w.assign(tf.sub(shrunk, tf.div(tf.mul(m, rate), denominator)));
}

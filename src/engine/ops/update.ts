import * as tf from "../tf.js";
import { hasNative, refresh, runNative } from "../torch/ops.js";

/** Constants of AdamW as PyTorch has them. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * SGD with momentum over a list of variables: v ← momentum v + g + decay w, w ← w − rate v, as torch.optim.SGD. A single
 * call on the torch engine, in place.
 *
 * @param weights variables @param velocities variables of the same shapes @param gradients of the same shapes
 */
export function sgdUpdate(
  weights: readonly tf.Variable[],
  velocities: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  settings: { rate: number; momentum: number; decay: number },
): void {
  if (!hasNative()) {
    for (const [i, w] of weights.entries())
      sgdPlain(w, velocities[i] as tf.Variable, gradients[i] as tf.Tensor, settings);
    return;
  }
  const updated = [...weights, ...velocities];
  refresh(updated);
  runNative("SslMemSgd", [...updated, ...gradients], { ...settings, updated: updated.length });
}

/** The plain composition of sgdUpdate, for one variable. */
export function sgdPlain(
  w: tf.Variable,
  v: tf.Variable,
  g: tf.Tensor,
  { rate, momentum, decay }: { rate: number; momentum: number; decay: number },
): void {
  tf.tidy(() => {
    v.assign(tf.add(tf.mul(v, momentum), decay === 0 ? g : tf.add(g, tf.mul(w, decay))));
    w.assign(tf.sub(w, tf.mul(v, rate)));
  });
}

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, decoupled decay, as torch.optim.AdamW) over a list of variables;
 * a single call on the torch engine, in place.
 *
 * @param first first moments @param second second moments @param step from 0
 */
export function adamwUpdate(
  weights: readonly tf.Variable[],
  first: readonly tf.Variable[],
  second: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  settings: { rate: number; decay: number; step: number },
): void {
  if (!hasNative()) {
    for (const [i, w] of weights.entries())
      adamwPlain(w, first[i] as tf.Variable, second[i] as tf.Variable, gradients[i] as tf.Tensor, settings);
    return;
  }
  const updated = [...weights, ...first, ...second];
  refresh(updated);
  runNative("SslMemAdamW", [...updated, ...gradients], { ...settings, ...ADAM, updated: updated.length });
}

/** The plain composition of adamwUpdate, for one variable. */
export function adamwPlain(
  w: tf.Variable,
  m: tf.Variable,
  v: tf.Variable,
  g: tf.Tensor,
  { rate, decay, step }: { rate: number; decay: number; step: number },
): void {
  const { beta1, beta2, epsilon } = ADAM;
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
    v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
    const denominator = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - beta2 ** (step + 1))), epsilon);
    const shrunk = decay === 0 ? w : tf.mul(w, 1 - rate * decay);
    w.assign(tf.sub(shrunk, tf.div(tf.mul(m, rate / (1 - beta1 ** (step + 1))), denominator)));
  });
}

/**
 * Exponential moving averages: running ← running + share (value − running), as running statistics and momentum encoders
 * need them. A single call on the torch engine, in place.
 *
 * @param running variables @param values of the same shapes @param share in [0, 1]
 */
export function movingAverageUpdate(
  running: readonly tf.Variable[],
  values: readonly tf.Tensor[],
  share: number,
): void {
  if (running.length === 0) return;
  if (!hasNative()) {
    for (const [i, r] of running.entries())
      tf.tidy(() => r.assign(tf.add(tf.mul(r, 1 - share), tf.mul(values[i] as tf.Tensor, share))));
    return;
  }
  refresh(running);
  runNative("SslMemMovingAverage", [...running, ...values], { share, updated: running.length });
}

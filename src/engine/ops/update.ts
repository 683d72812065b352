import * as tf from "../tf.js";
import { onTorch, refresh, runNative } from "./kernels.js";

/** Constants of AdamW as PyTorch has them. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

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
  if (!onTorch()) {
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
 * @param first first moments @param second second moments
 * @param settings step: from 0; beta1 and beta2: shares that the moments keep, in [0, 1), default 0.9 and 0.999
 */
export function adamwUpdate(
  weights: readonly tf.Variable[],
  first: readonly tf.Variable[],
  second: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  settings: AdamwSettings,
): void {
  if (!onTorch()) {
    for (const [i, w] of weights.entries())
      adamwPlain(w, first[i] as tf.Variable, second[i] as tf.Variable, gradients[i] as tf.Tensor, settings);
    return;
  }
  const updated = [...weights, ...first, ...second];
  refresh(updated);
  runNative("SslMemAdamW", [...updated, ...gradients], { ...ADAM, ...settings, updated: updated.length });
}

/** What a step of AdamW is made with. */
export interface AdamwSettings {
  rate: number;
  decay: number;
  step: number;
  beta1?: number;
  beta2?: number;
}

/** The plain composition of adamwUpdate, for one variable. */
export function adamwPlain(
  w: tf.Variable,
  m: tf.Variable,
  v: tf.Variable,
  g: tf.Tensor,
  settings: AdamwSettings,
): void {
  const { rate, decay, step, beta1, beta2, epsilon } = { ...ADAM, ...settings };
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
    v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
    const denominator = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - beta2 ** (step + 1))), epsilon);
    const shrunk = decay === 0 ? w : tf.mul(w, 1 - rate * decay);
    w.assign(tf.sub(shrunk, tf.div(tf.mul(m, rate / (1 - beta1 ** (step + 1))), denominator)));
  });
}

/**
 * The kinds of LARS that there are, which differ wherever the rate changes between steps. classic (SimCLR's): v ← momentum v +
 * rate · ratio · g, w ← w − v. later (VICReg's, Barlow Twins'): v ← momentum v + ratio · g, w ← w − rate v. solo
 * (solo-learn's): as later, by another ratio.
 */
export type LarsForm = "classic" | "later" | "solo";

/**
 * LARS (You et al. 2017, arXiv 1708.03888, algorithm 1) over a list of variables: g ← g + decay w, and with `adapt` the rate is
 * multiplied by the ratio trust ‖w‖ / ‖g‖ (by 1 where a norm is 0); in solo's form by trust ‖w‖ / (‖g‖ + decay ‖w‖ + 1e-8), g
 * before it is decayed, and what has no gradient is not decayed. A single call on the torch engine, in place.
 *
 * @param weights variables @param velocities variables of the same shapes @param gradients of the same shapes
 * @param settings adapt: false for biases and normalisations, which SimCLR does not decay either; clip: the ratio is divided by
 *   the rate and at most 1 (LARC's and solo's), so that no adapted rate is above the rate itself
 */
export function larsUpdate(
  weights: readonly tf.Variable[],
  velocities: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  settings: LarsSettings,
): void {
  if (!onTorch()) {
    for (const [i, w] of weights.entries())
      larsPlain(w, velocities[i] as tf.Variable, gradients[i] as tf.Tensor, settings);
    return;
  }
  const updated = [...weights, ...velocities];
  refresh(updated);
  const attributes = { ...LARS, ...settings, updated: updated.length };
  runNative("SslMemLars", [...updated, ...gradients], attributes);
}

/** What a step of LARS is made with; those left out are SimCLR's. */
export interface LarsSettings {
  rate: number;
  momentum: number;
  decay: number;
  adapt: boolean;
  form?: LarsForm;
  trust?: number;
  clip?: boolean;
}

/** SimCLR's (Chen et al. 2020, appendix B.9's code, where the trust is called eeta). */
const LARS = { form: "classic", trust: 0.001, clip: false } as const;

/** The plain composition of larsUpdate, for one variable. */
export function larsPlain(w: tf.Variable, v: tf.Variable, g: tf.Tensor, settings: LarsSettings): void {
  const { rate, momentum, decay, adapt, form } = { ...LARS, ...settings };
  const inside = form === "classic" ? rate : 1;
  tf.tidy(() => {
    const slope = decay === 0 ? g : (tf.add(g, tf.mul(w, decay)) as tf.Tensor);
    const ratio = adapt ? tf.mul(trustRatio(w, g, slope, settings), inside) : inside;
    v.assign(tf.add(tf.mul(v, momentum), tf.mul(slope, ratio)));
    w.assign(tf.sub(w, form === "classic" ? v : tf.mul(v, rate)));
  });
}

/** @param bare gradient before it is decayed @param decayed and after */
function trustRatio(w: tf.Tensor, bare: tf.Tensor, decayed: tf.Tensor, settings: LarsSettings): tf.Tensor {
  const { rate, decay, form, trust, clip } = { ...LARS, ...settings };
  const isSolo = form === "solo";
  const [size, slope] = [tf.norm(w), tf.norm(isSolo ? bare : decayed)];
  const below = isSolo ? tf.add(slope, tf.add(tf.mul(size, decay), 1e-8)) : slope;
  const plain = tf.mul(tf.div(size, below), trust);
  const ratio = clip ? tf.minimum(tf.div(plain, rate), 1) : plain;
  const both = tf.logicalAnd(tf.greater(size, 0), tf.greater(slope, 0));
  return tf.where(both, ratio, isSolo ? tf.cast(tf.greater(slope, 0), "float32") : tf.onesLike(size));
}

/**
 * Scales gradients so that the Euclidean norm of all of them together is at most `limit`:
 * g ← g · min(1, limit / (‖all‖ + 10⁻⁶)), as torch.nn.utils.clip_grad_norm_; or each by a norm of its own, as DINO's code
 * does. A single call on the torch engine.
 *
 * @param gradients at least one @param limit > 0 @param each whether each has the limit by itself
 * @returns new tensors in the same order, and the norm of all before (scalar)
 */
export function clipGradients(
  gradients: readonly tf.Tensor[],
  limit: number,
  each = false,
): { clipped: tf.Tensor[]; norm: tf.Scalar } {
  if (!onTorch()) return clipGradientsPlain(gradients, limit, each);
  const results = runNative("SslMemClipNorm", gradients, { limit, each });
  return { norm: results.pop() as tf.Scalar, clipped: results };
}

/** The plain composition of clipGradients; same arguments and results, any backend. */
export function clipGradientsPlain(
  gradients: readonly tf.Tensor[],
  limit: number,
  each = false,
): { clipped: tf.Tensor[]; norm: tf.Scalar } {
  const tensors = tf.tidy(() => {
    const own = gradients.map((g) => tf.norm(g));
    const norm = tf.norm(tf.stack(own)) as tf.Scalar;
    const factor = (of: tf.Tensor) => tf.minimum(tf.div(limit, tf.add(of, 1e-6)), 1);
    const shared = factor(norm);
    return [norm, ...gradients.map((g, i) => tf.mul(g, each ? factor(own[i] as tf.Tensor) : shared))];
  });
  return { norm: tensors[0] as tf.Scalar, clipped: tensors.slice(1) };
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
  if (!onTorch()) {
    for (const [i, r] of running.entries())
      tf.tidy(() => r.assign(tf.add(tf.mul(r, 1 - share), tf.mul(values[i] as tf.Tensor, share))));
    return;
  }
  refresh(running);
  runNative("SslMemMovingAverage", [...running, ...values], { share, updated: running.length });
}

/**
 * Gives variables new values where they lie, as a recorded step needs it, which reads the places that it was recorded with.
 *
 * @param variables left as they are but for their values @param values of the same shapes
 */
export function overwrite(variables: readonly tf.Variable[], values: readonly tf.Tensor[]): void {
  if (!onTorch()) {
    for (const [i, variable] of variables.entries()) tf.tidy(() => variable.assign(values[i] as tf.Tensor));
    return;
  }
  refresh(variables);
  runNative("SslMemAssign", [...variables, ...values], { updated: variables.length });
}

// How far two trainings may differ that compute the same in other orders of summation.
import { purposes, randomNormal } from "../../src/native/index.js";
import type { StoredTensor } from "../../src/nn/index.js";
import { EPSILON32 } from "../close.js";

/** Roundings of a layer's sums of up to 4,608 terms, as a random walk: a share of the result. */
export const ROUNDING = Math.sqrt(4608) * EPSILON32;

/** The weights, each moved by that share of itself, normally distributed. */
export function disturbed(weights: Map<string, StoredTensor>, share: number): Map<string, StoredTensor> {
  return new Map(
    [...weights].map(([name, { shape, data }], place) => {
      const key = { seed: 7, purpose: purposes.evaluation, epoch: 0, sample: place, view: 0 };
      const noise = randomNormal(key, new Float32Array(data.length));
      return [name, { shape, data: data.map((value, i) => value * (1 + share * (noise[i] as number))) }];
    }),
  );
}

/**
 * How far the losses of each step may be from those of a training on another engine or device. What roundings do to losses is
 * measured, by a run whose weights were disturbed by ROUNDING: it depends on the curvature of the loss, and within a few steps
 * on which ReLUs and maxima it turns. Either side is one such disturbance away from exact arithmetic, so they are at most two
 * apart, of the largest that there was up to that step.
 */
export function lossBounds(losses: readonly number[], ofDisturbed: readonly number[]): number[] {
  let effect = ROUNDING * (losses[0] as number);
  return losses.map((loss, step) => {
    effect = Math.max(effect, Math.abs((ofDisturbed[step] as number) - loss));
    return 2 * effect;
  });
}

import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantileOf from "@stdlib/stats-base-dists-t-quantile";

/** Level of every interval. */
export const LEVEL = 0.95;

/** P(Z > z) of the standard normal distribution. */
export const normalTail = (z: number): number => normalCdf(-z, 0, 1);

/** P(T > t) of Student's distribution; df = Infinity is the normal one. */
export const tTail = (t: number, df: number): number =>
  df === Number.POSITIVE_INFINITY ? normalTail(t) : tCdf(-t, df);

/** Half the width of a 95 % interval, in standard errors: 1.96, more for few degrees of freedom. */
export const halfWidth = (df = Number.POSITIVE_INFINITY): number => {
  const q = (1 + LEVEL) / 2;
  return df === Number.POSITIVE_INFINITY ? normalQuantile(q, 0, 1) : tQuantileOf(q, df);
};

/**
 * P(K > λ) of Kolmogorov's distribution, 2 Σ (−1)^(j−1) exp(−2 j² λ²) (Kolmogorov 1933). Below λ = 0.3 it is 1 to
 * within 1e-5 and the series converges slowly.
 */
export function kolmogorovTail(lambda: number): number {
  if (lambda < 0.3) return 1;
  let sum = 0;
  for (let j = 1; j <= 40; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * j * j * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}

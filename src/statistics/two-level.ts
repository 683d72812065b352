import { estimateOf } from "./estimate.js";
import { halfWidth, tTail } from "./tails.js";
import type { Estimate } from "./types.js";

/** One subset's scores under all pairs: a table of n points by P pairs, summed up. */
export interface CrossedMoments {
  /** Points. */
  n: number;
  /** [pairs] mean over the points under each pair. */
  means: readonly number[];
  /** Variance (divisor n − 1) over points of their means over pairs. */
  pointVariance: number;
  /** Residual mean square of the two-way table: Σ (x − point mean − pair mean + mean)² / ((n − 1)(P − 1)). */
  residual: number;
}

export interface TwoLevel extends Estimate {
  se: number;
  df: number;
  /** H1: the figure is above 0. */
  p_greater: number | null;
}

/**
 * Mean of a subset, or difference of the means of two, with points and pairs both taken as drawn at random: the crossed
 * random-effects analysis of variance. Var = Σ point variance / n + s²(by pair) / P − Σ residual / (nP), the last since
 * both terms before it contain it; never less than the points' share. Degrees of freedom by Satterthwaite 1946. With two
 * pairs there is about one degree of freedom and the interval is wide: two seeds say little about seeds.
 *
 * @param second null for the mean of `first` itself
 */
export function twoLevel(first: CrossedMoments, second: CrossedMoments | null): TwoLevel {
  const pairs = first.means.length;
  const byPair = first.means.map((mean, pair) => mean - (second?.means[pair] ?? 0));
  const value = byPair.reduce((a, b) => a + b, 0) / pairs;
  const spread = byPair.reduce((sum, d) => sum + (d - value) ** 2, 0) / (pairs - 1) / pairs;
  const groups = second === null ? [first] : [first, second];
  let [points, residual, uncertainty] = [0, 0, spread ** 2 / (pairs - 1)];
  for (const { n, pointVariance, residual: r } of groups) {
    const [v, e] = [pointVariance / n, r / (n * pairs)];
    points += v;
    residual += e;
    uncertainty += v ** 2 / (n - 1) + e ** 2 / ((n - 1) * (pairs - 1));
  }
  const variance = Math.max(points + spread - residual, points);
  const [se, df] = [Math.sqrt(variance), variance ** 2 / uncertainty];
  const defined = pairs > 1 && groups.every(({ n }) => n > 1) && se > 0;
  const half = defined ? halfWidth(df) * se : Number.NaN;
  return {
    ...estimateOf(value, value - half, value + half),
    se,
    df,
    p_greater: defined ? tTail(value / se, df) : null,
  };
}

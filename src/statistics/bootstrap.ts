import { binomialSampler } from "./binomial.js";
import { estimateOf } from "./estimate.js";
import type { Groups } from "./groups.js";
import { LEVEL } from "./tails.js";
import type { Estimate } from "./types.js";
import { uniformStream } from "./uniform-stream.js";

export const RESAMPLES = 1000;

/**
 * Calls `visit` with the counts of every bootstrap resample (Efron 1979): how many of the n values drawn with replacement
 * fall into each group. Exact where each value is its own group; else the counts are multinomial, and only what differs
 * within a group of n / 4096 neighbours is averaged.
 *
 * @param visit receives [groups] counts, valid during the call, and the number of the resample
 */
export function resample(
  groups: Groups,
  seed: number,
  stream: number,
  visit: (counts: Float64Array, index: number) => void,
): void {
  const uniform = uniformStream(seed, stream);
  const { n, size } = groups;
  const counts = new Float64Array(size.length);
  const draw = size.length === n ? drawValues : drawGroups(uniform);
  for (let index = 0; index < RESAMPLES; index++) {
    draw(counts, groups, uniform);
    visit(counts, index);
  }
}

function drawValues(counts: Float64Array, { n }: Groups, uniform: () => number): void {
  counts.fill(0);
  for (let i = 0; i < n; i++) {
    const at = Math.floor(uniform() * n);
    counts[at] = (counts[at] as number) + 1;
  }
}

/** Multinomial counts as a chain of binomials. */
function drawGroups(uniform: () => number) {
  const draw = binomialSampler(uniform);
  return (counts: Float64Array, { n, size }: Groups): void => {
    let left = n;
    let mass = n;
    for (let g = 0; g < size.length; g++) {
      const share = (size[g] as number) / mass;
      counts[g] = draw(left, share);
      left -= counts[g] as number;
      mass -= size[g] as number;
    }
  };
}

/** Mean of a resample. */
export function meanOf({ n, mean }: Groups, counts: Float64Array): number {
  let sum = 0;
  for (let g = 0; g < counts.length; g++) sum += (counts[g] as number) * (mean[g] as number);
  return sum / n;
}

/** Standard deviation (divisor n − 1) of a resample. */
export function sdOf(groups: Groups, counts: Float64Array): number {
  const { n, size, mean, squares } = groups;
  const centre = meanOf(groups, counts);
  let sum = 0;
  for (let g = 0; g < counts.length; g++) {
    const within = (squares[g] as number) / (size[g] as number);
    sum += (counts[g] as number) * (((mean[g] as number) - centre) ** 2 + within);
  }
  return Math.sqrt(sum / (n - 1));
}

/** Quantiles of a resample, linear between order statistics (type 7 of Hyndman and Fan 1996). `q` ascending. */
export function quantilesOf(groups: Groups, counts: Float64Array, q: readonly number[]): number[] {
  let g = 0;
  let before = 0;
  const valueAt = (rank: number): number => {
    while (g < counts.length - 1 && before + (counts[g] as number) <= rank) {
      before += counts[g] as number;
      g += 1;
    }
    const [low, high, c] = [groups.low[g] as number, groups.high[g] as number, counts[g] as number];
    return low === high ? low : low + ((high - low) * (rank - before + 0.5)) / c;
  };
  return q.map((p) => {
    const at = (groups.n - 1) * p;
    const rank = Math.floor(at);
    const lower = valueAt(rank);
    // The walk goes upwards only, and the next quantile may lie below this one's upper neighbour.
    const here = [g, before] as const;
    const upper = rank + 1 < groups.n ? valueAt(rank + 1) : lower;
    [g, before] = here;
    return lower + (at - rank) * (upper - lower);
  });
}

/** Share of a resample above a threshold. */
export function shareAbove(groups: Groups, counts: Float64Array, threshold: number): number {
  let sum = 0;
  for (let g = counts.length - 1; g >= 0 && (groups.high[g] as number) > threshold; g--) {
    const [low, high] = [groups.low[g] as number, groups.high[g] as number];
    const inside = low > threshold || low === high ? 1 : (high - threshold) / (high - low);
    sum += inside * (counts[g] as number);
  }
  return sum / groups.n;
}

/** The percentile interval of a statistic's resampled values; sorts them in place. */
export function percentileInterval(value: number, resampled: Float64Array): Estimate {
  const sorted = resampled.sort();
  const at = (q: number) => {
    const place = (sorted.length - 1) * q;
    const lower = sorted[Math.floor(place)] as number;
    return lower + (place - Math.floor(place)) * ((sorted[Math.ceil(place)] as number) - lower);
  };
  return estimateOf(value, at((1 - LEVEL) / 2), at((1 + LEVEL) / 2));
}

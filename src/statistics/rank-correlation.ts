import { valuesAt } from "../arrays.js";
import { normalTail, tTail } from "./tails.js";

export interface Correlation {
  /** In [−1, 1]; NaN where one side does not vary. */
  value: number;
  /** H0: no association; NaN where not defined. */
  p_two_sided: number;
}

/** Mid-ranks, from 1: equal values share the mean of their ranks. */
export function midRanks(values: Float64Array): Float64Array {
  const order = sortedOrder(values);
  const ranks = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && values[order[end] as number] === values[order[i] as number]) end += 1;
    for (let j = i; j < end; j++) ranks[order[j] as number] = (i + end + 1) / 2;
    i = end;
  }
  return ranks;
}

/** Indices that sort the values, ascending; equal ones in their order. */
export function sortedOrder(values: Float64Array, then?: Float64Array): Uint32Array {
  const order = Uint32Array.from(values.keys());
  return order.sort(
    (a, b) =>
      (values[a] as number) - (values[b] as number) ||
      (then === undefined ? a - b : (then[a] as number) - (then[b] as number)),
  );
}

/** Pearson's correlation, from centred sums. */
export function pearson(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  let [mx, my] = [0, 0];
  for (let i = 0; i < n; i++) {
    mx += (x[i] as number) / n;
    my += (y[i] as number) / n;
  }
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [(x[i] as number) - mx, (y[i] as number) - my];
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Spearman's rank correlation: Pearson's of the mid-ranks; p from Student's t with n − 2 degrees of freedom. */
export function spearman(x: Float64Array, y: Float64Array): Correlation {
  const value = pearson(midRanks(x), midRanks(y));
  const df = x.length - 2;
  const t = value * Math.sqrt(df / ((1 - value) * (1 + value)));
  const p = value === 1 || value === -1 ? 0 : 2 * tTail(Math.abs(t), df);
  return { value, p_two_sided: df > 0 ? p : Number.NaN };
}

/**
 * Kendall's tau-b in O(n log n) (Knight 1966), with the p-value of the normal approximation under ties (Kendall 1970).
 */
export function kendallTauB(x: Float64Array, y: Float64Array): Correlation {
  const n = x.length;
  const order = sortedOrder(x, y);
  const inOrder = valuesAt(y, order);
  const tiesX = tieSums(valuesAt(x, order));
  const joint = jointTies(x, y, order);
  const exchanges = countInversions(inOrder); // sorts inOrder
  const tiesY = tieSums(inOrder);
  const all = (n * (n - 1)) / 2;
  const difference = all - tiesX.pairs - tiesY.pairs + joint - 2 * exchanges;
  const value = difference / Math.sqrt(all - tiesX.pairs) / Math.sqrt(all - tiesY.pairs);
  const m = n * (n - 1);
  const variance =
    (m * (2 * n + 5) - tiesX.cubic - tiesY.cubic) / 18 +
    (2 * tiesX.pairs * tiesY.pairs) / m +
    (n > 2 ? (tiesX.triples * tiesY.triples) / (9 * m * (n - 2)) : 0);
  return {
    value: Math.max(-1, Math.min(1, value)),
    p_two_sided: variance > 0 ? 2 * normalTail(Math.abs(difference) / Math.sqrt(variance)) : Number.NaN,
  };
}

/** Sums over the runs of t equal values: t(t−1)/2, t(t−1)(t−2), t(t−1)(2t+5). */
function tieSums(sorted: Float64Array): { pairs: number; triples: number; cubic: number } {
  const sums = { pairs: 0, triples: 0, cubic: 0 };
  for (let i = 0; i < sorted.length; ) {
    let end = i + 1;
    while (end < sorted.length && sorted[end] === sorted[i]) end += 1;
    const t = end - i;
    sums.pairs += (t * (t - 1)) / 2;
    sums.triples += t * (t - 1) * (t - 2);
    sums.cubic += t * (t - 1) * (2 * t + 5);
    i = end;
  }
  return sums;
}

/** Pairs that are tied in both. */
function jointTies(x: Float64Array, y: Float64Array, order: Uint32Array): number {
  let pairs = 0;
  for (let i = 0; i < order.length; ) {
    const first = order[i] as number;
    let end = i + 1;
    while (end < order.length && x[order[end] as number] === x[first] && y[order[end] as number] === y[first])
      end += 1;
    pairs += ((end - i) * (end - i - 1)) / 2;
    i = end;
  }
  return pairs;
}

/** Exchanges of neighbours that a merge sort of `values` amounts to; sorts them in place. */
function countInversions(values: Float64Array): number {
  const n = values.length;
  let [from, to]: [Float64Array, Float64Array] = [values, new Float64Array(n)];
  let exchanges = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let [i, j] = [start, middle];
      for (let k = start; k < end; k++) {
        if (i < middle && (j >= end || (from[i] as number) <= (from[j] as number)))
          to[k] = from[i++] as number;
        else {
          exchanges += middle - i;
          to[k] = from[j++] as number;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return exchanges;
}

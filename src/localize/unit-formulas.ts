/** How much one unit prefers one image, and how much one class (arXiv 2409.19069, section 4). */
export interface UnitScore {
  /** UnitMem with the mean of the other images, the paper's equation; NaN where it is not defined. */
  unitmem: number;
  /** UnitMem with their median, as in the paper's appendix and code. */
  unitmem_median: number;
  /** Largest mean activation of an image. */
  maximum: number;
  /** Positions of the images with the largest mean activations, largest first; ties by position. */
  top: number[];
}

/**
 * (high − rest) / (high + rest): in [0, 1] for activations that are never negative. A dead unit (both 0) memorises
 * nothing: 0. NaN where the rest or the sum is negative, since the ratio then says nothing.
 */
export function selectivity(high: number, rest: number): number {
  if (high === 0 && rest === 0) return 0;
  const sum = high + rest;
  return rest >= 0 && sum > 0 ? (high - rest) / sum : Number.NaN;
}

/**
 * UnitMem(u) = (μ_max − μ_rest) / (μ_max + μ_rest) of one unit, where μ is the unit's mean activation over the views of
 * an image, μ_max the largest of them and μ_rest the mean (or median) of the others.
 *
 * @param means μ of every image, at least 2
 * @param listed length of `top`
 */
export function unitMem(means: ArrayLike<number>, listed: number): UnitScore {
  const n = means.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => (means[b] as number) - (means[a] as number) || a - b,
  );
  const at = (rank: number) => means[order[rank] as number] as number;
  let sum = 0;
  for (let rank = 1; rank < n; rank++) sum += at(rank);
  // Ranks 1 … n − 1 are the others: their middle one, or the mean of the two in the middle.
  const median = (at(Math.floor(n / 2)) + at(Math.ceil(n / 2))) / 2;
  return {
    unitmem: selectivity(at(0), sum / (n - 1)),
    unitmem_median: selectivity(at(0), median),
    maximum: at(0),
    top: Array.from(order.subarray(0, listed)),
  };
}

/**
 * ClassMem(u): the same ratio of the class means of one unit's activations: the class with the largest against the mean
 * of the other classes (class selectivity of Morcos et al. 2018, arXiv 1803.06959). Images without a label do not count.
 *
 * @param means μ of every image @param labels class of every image, null without one
 * @returns NaN with fewer than two classes, or where the ratio is not defined; and the class with the largest mean
 */
export function classMem(
  means: ArrayLike<number>,
  labels: readonly (number | null)[],
): { classmem: number; label: number | null } {
  const sums = new Map<number, { sum: number; n: number }>();
  for (const [i, label] of labels.entries()) {
    if (label === null) continue;
    const of = sums.get(label) ?? { sum: 0, n: 0 };
    of.sum += means[i] as number;
    of.n += 1;
    sums.set(label, of);
  }
  if (sums.size < 2) return { classmem: Number.NaN, label: null };
  const classes = [...sums].map(([label, { sum, n }]) => ({ label, mean: sum / n }));
  const best = classes.reduce((a, b) => (b.mean > a.mean ? b : a));
  const others = classes.filter((c) => c !== best);
  const rest = others.reduce((sum, { mean }) => sum + mean, 0) / others.length;
  return { classmem: selectivity(best.mean, rest), label: best.label };
}

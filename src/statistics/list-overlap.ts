import gammaln from "@stdlib/math-base-special-gammaln";

/**
 * Overlap of the top k of two rankings of the same n items, with what chance would give: k / n, and the probability that
 * two random lists of k share at least as many (hypergeometric).
 */
export function topOverlap(
  n: number,
  k: number,
  common: number,
): { overlap: number; chance: number; p_chance: number } {
  return { overlap: common / k, chance: k / n, p_chance: atLeastInCommon(n, k, common) };
}

function atLeastInCommon(n: number, k: number, common: number): number {
  const choose = (a: number, b: number) => gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1);
  let sum = 0;
  for (let c = common; c <= k; c++) {
    if (k - c <= n - k) sum += Math.exp(choose(k, c) + choose(n - k, k - c) - choose(n, k));
  }
  return Math.min(1, sum);
}

/**
 * Rank-biased overlap, extrapolated (Webber, Moffat and Zobel 2010, equation 32), of two rankings of the same items.
 *
 * @param a, b items (numbers below their count) from the first rank to the last @param p persistence in (0, 1): the
 * expected depth looked at is 1 / (1 − p)
 */
export function rankBiasedOverlap(a: ArrayLike<number>, b: ArrayLike<number>, p: number): number {
  const n = a.length;
  const seen = new Uint8Array(n);
  let [common, weight, sum] = [0, 1, 0];
  for (let depth = 1; depth <= n; depth++) {
    for (const item of [a[depth - 1] as number, b[depth - 1] as number]) {
      seen[item] = (seen[item] as number) + 1;
      if (seen[item] === 2) common += 1;
    }
    weight *= p;
    sum += (common / depth) * weight;
  }
  return (common / n) * weight + ((1 - p) / p) * sum;
}

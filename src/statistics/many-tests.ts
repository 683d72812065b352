/**
 * How many of n hypotheses Benjamini and Hochberg's procedure (1995) rejects at false discovery rate alpha: the largest k
 * with p(k) ≤ alpha k / n.
 *
 * @param pAscending gives the i-th smallest p-value, i from 0; called from the largest down and no further than needed
 */
export function discoveries(n: number, pAscending: (i: number) => number, alpha: number): number {
  for (let k = n; k > 0; k--) if (pAscending(k - 1) <= (alpha * k) / n) return k;
  return 0;
}

/** Holm's adjusted p-values (1979): valid however the tests depend on each other. Null stays null and is not counted. */
export function holm(p: readonly (number | null)[]): (number | null)[] {
  const order = [...p.keys()]
    .filter((i) => p[i] !== null)
    .sort((a, b) => (p[a] as number) - (p[b] as number));
  const adjusted: (number | null)[] = p.map(() => null);
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * (p[i] as number)));
    adjusted[i] = largest;
  }
  return adjusted;
}

/** The four subsets: shared (both encoders train on it), candidate (f only), independent (g only), external (neither). */
export const SUBSETS = ["shared", "candidate", "independent", "external"] as const;
/** One of them. */
export type Subset = (typeof SUBSETS)[number];

/** Rows in the order of the subsets; what is of none of the four goes last. */
export function inOrder<T extends { subset: string }>(rows: readonly T[]): T[] {
  const rank = (subset: string) =>
    (SUBSETS.indexOf(subset as Subset) + SUBSETS.length + 1) % (SUBSETS.length + 1);
  return [...rows].sort((a, b) => rank(a.subset) - rank(b.subset));
}

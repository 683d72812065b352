import cdf from "@stdlib/stats-base-dists-t-cdf";
import type { Maybe } from "./types.js";

/** Count, mean and standard deviation (divisor n − 1) of a sample. */
export interface Moments {
  n: number;
  mean: number;
  sd: number;
}

/** A two-sample t-test, first sample against second; null where it is not defined. */
export interface TwoSampleTest {
  first: string;
  second: string;
  kind: "student" | "welch";
  n: [number, number];
  /** of the means */
  difference: Maybe;
  t: Maybe;
  df: Maybe;
  /** H1: the first mean is the larger. */
  p_greater: Maybe;
  p_two_sided: Maybe;
  cohens_d: Maybe;
}

/**
 * Two-sample t-test from the samples' moments, so that a million rows need not leave the database: Student's with the
 * pooled variance, or Welch's with his degrees of freedom. Null where a sample has fewer than two values or nothing
 * varies. The distribution function is @stdlib's.
 */
export function tTest(
  kind: "student" | "welch",
  first: string,
  second: string,
  a: Moments,
  b: Moments,
): TwoSampleTest {
  const difference = a.mean - b.mean;
  const pooled = ((a.n - 1) * a.sd ** 2 + (b.n - 1) * b.sd ** 2) / (a.n + b.n - 2);
  const [va, vb] = [a.sd ** 2 / a.n, b.sd ** 2 / b.n];
  const se = kind === "student" ? Math.sqrt(pooled * (1 / a.n + 1 / b.n)) : Math.sqrt(va + vb);
  const df =
    kind === "student" ? a.n + b.n - 2 : (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  const defined = a.n > 1 && b.n > 1 && se > 0;
  const t = difference / se;
  return {
    first,
    second,
    kind,
    n: [a.n, b.n] as [number, number],
    difference: Number.isFinite(difference) ? difference : null,
    t: defined ? t : null,
    df: defined ? df : null,
    p_greater: defined ? cdf(-t, df) : null,
    p_two_sided: defined ? 2 * cdf(-Math.abs(t), df) : null,
    cohens_d: defined ? difference / Math.sqrt(pooled) : null,
  };
}

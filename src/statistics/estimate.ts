import { halfWidth } from "./tails.js";
import type { TwoSampleTest } from "./ttest.js";
import type { Estimate, Maybe } from "./types.js";

/** The number, or null where it is not finite. */
export const finite = (value: number): Maybe => (Number.isFinite(value) ? value : null);

/** A figure with a given interval. */
export const estimateOf = (value: number, low: number, high: number): Estimate => ({
  value: finite(value),
  low: finite(low),
  high: finite(high),
});

/** A figure with its interval from a standard error: value ± t · se. No interval where the error is 0 or not defined. */
export function estimateFromError(value: number, se: number, df = Number.POSITIVE_INFINITY): Estimate {
  const half = se > 0 && df > 0 ? halfWidth(df) * se : Number.NaN;
  return estimateOf(value, value - half, value + half);
}

/** The difference of two means with the interval of its t-test; none where the test is not defined. */
export function estimateFromTest({ difference, t, df }: TwoSampleTest): Estimate {
  if (difference === null) return UNDEFINED;
  return estimateFromError(difference, t === null ? 0 : difference / t, df ?? 0);
}

/** A figure that is not defined. */
export const UNDEFINED: Estimate = { value: null, low: null, high: null };

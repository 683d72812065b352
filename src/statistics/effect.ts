import { estimateOf } from "./estimate.js";
import { halfWidth } from "./tails.js";
import type { Moments } from "./ttest.js";
import type { Estimate } from "./types.js";

/**
 * Cohen's d: the difference of two means over the pooled standard deviation, with the interval of its large-sample
 * error √((n + m) / (nm) + d² / (2 (n + m))) (Hedges and Olkin 1985, p. 86).
 */
export function cohensD(a: Moments, b: Moments): Estimate {
  const total = a.n + b.n;
  const pooled = Math.sqrt(((a.n - 1) * a.sd ** 2 + (b.n - 1) * b.sd ** 2) / (total - 2));
  const d = (a.mean - b.mean) / pooled;
  const half = halfWidth() * Math.sqrt(total / (a.n * b.n) + d ** 2 / (2 * total));
  return estimateOf(d, d - half, d + half);
}

/**
 * Cohen's d_z of paired differences: their mean over their standard deviation, with the interval of its large-sample error
 * √(1 / n + d² / (2n)) (Hedges and Olkin 1985, the one-sample form).
 */
export function cohensDz({ n, mean, sd }: Moments): Estimate {
  const d = mean / sd;
  const half = n > 1 ? halfWidth() * Math.sqrt(1 / n + d ** 2 / (2 * n)) : Number.NaN;
  return estimateOf(d, d - half, d + half);
}

/** An AUC with the interval of its error (DeLong et al. 1988), kept within [0, 1]; none where the error is 0. */
export function aucEstimate(auc: number, se: number): Estimate {
  const half = se > 0 ? halfWidth() * se : Number.NaN;
  return estimateOf(auc, Math.max(0, auc - half), Math.min(1, auc + half));
}

import { halfWidth } from "../statistics/tails.js";

/**
 * Student's 95 % interval of a mean: mean ± t · sd / √n. Null for fewer than two values, or values that do not vary.
 */
export function meanInterval(values: readonly number[]): [number, number] | null {
  const n = values.length;
  if (n < 2 || values.every((value) => value === values[0])) return null;
  const mean = values.reduce((sum, value) => sum + value / n, 0);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = halfWidth(n - 1) * Math.sqrt(variance / n);
  return [mean - half, mean + half];
}

/** Wilson's 95 % interval of a share of n independent draws (Wilson 1927); inside [0, 1]. */
export function wilsonInterval(share: number, n: number): [number, number] {
  const z = halfWidth();
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** A measured row, as scripts/gpu-check.sh collects them: one JSON line. Rates per second; n is how many were timed. */
export function row(row: {
  row: string;
  unit: string;
  value: number;
  n: number;
  /** Whether the steps were started as CUDA graphs. */
  graphs?: "on" | "off";
  /** What the hardware allows at most, in the same unit, and how it was come by. */
  limit?: number;
  limitOf?: string;
}): void {
  console.log(JSON.stringify(row));
}

/** Median of some times. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

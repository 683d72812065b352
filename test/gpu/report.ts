// What the programs of scripts/gpu-check.sh print: one JSON line for each check and each measured row.

/** One comparison. @param facts the numbers that it rests on */
export function check(name: string, ok: boolean, facts: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ check: name, ok, ...facts }));
  if (!ok) process.exitCode = 1;
}

/** Largest |actual − expected|, and Infinity for another length or a value that is not finite. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length || actual.length === 0) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(difference <= most)) most = Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
  }
  return most;
}

/** The device that the program was given, "cuda:0" by default. */
export const device = process.argv[2] ?? "cuda:0";

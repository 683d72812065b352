/** Rounding unit of float32. */
export const EPSILON32 = 2 ** -24;

/**
 * Describes the worst element where two arrays differ by more than `absolute` + `relative` · |expected|, or null where
 * none does.
 */
export function farthest(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  absolute: number,
  relative = 0,
): string | null {
  if (actual.length !== expected.length) return `length ${actual.length}, expected ${expected.length}`;
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < actual.length; i++) {
    const over =
      Math.abs((actual[i] as number) - (expected[i] as number)) -
      absolute -
      relative * Math.abs(expected[i] as number);
    if (over > excess || Number.isNaN(over)) {
      worst = i;
      excess = over;
      if (Number.isNaN(over)) break;
    }
  }
  return worst < 0 ? null : `element ${worst}: ${actual[worst]}, expected ${expected[worst]}`;
}

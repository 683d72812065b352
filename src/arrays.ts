/** The largest of some numbers; −Infinity of none, however many: as the arguments of Math.max a list ends above some 125,000. */
export function largestOf(values: Iterable<number>): number {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** The smallest of some numbers; Infinity of none. */
export function smallestOf(values: Iterable<number>): number {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return least;
}

/** Puts values at the end of a list, however many they are. */
export function append<T>(list: T[], values: Iterable<T>): void {
  for (const value of values) list.push(value);
}

/**
 * The smallest and the largest of some numbers, however many: as the arguments of Math.max they overflow the stack from about 125,000
 * on. [Infinity, -Infinity] of none.
 */
export function extent(values: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Length of the longest of some texts; 0 of none. */
export function longest(texts: Iterable<string>): number {
  let length = 0;
  for (const text of texts) length = Math.max(length, text.length);
  return length;
}

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

/** Puts values at the end of a list, however many they are. */
export function append<T>(list: T[], values: Iterable<T>): void {
  for (const value of values) list.push(value);
}

/**
 * The same array where it has that many places; else a longer copy, at least twice as long so that growing one by one stays
 * cheap, zero beyond what it held.
 */
export function withRoom<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(
  values: T,
  length: number,
): T {
  if (length <= values.length) return values;
  const Kind = values.constructor as new (length: number) => T;
  const larger = new Kind(Math.max(length, 2 * values.length));
  larger.set(values);
  return larger;
}

/** Places of the codes that are wanted, ascending. */
export function placesWhere(
  codes: Uint8Array | Uint32Array | Int32Array,
  isWanted: (code: number) => boolean,
): Uint32Array {
  const places = new Uint32Array(codes.length);
  let count = 0;
  for (let place = 0; place < codes.length; place++)
    if (isWanted(codes[place] as number)) places[count++] = place;
  return places.slice(0, count);
}

const DIGITS = 1 << 16;

/**
 * Places of some numbers in [0, 1), the smallest first, equal ones as they come. Two passes of counting by 16 bits each, some
 * ten times as fast as a sort with a function for a million numbers; what 32 bits do not tell apart is put right after.
 */
export function ascending(values: Float64Array): Uint32Array {
  const count = values.length;
  const keys = new Uint32Array(count);
  let places = new Uint32Array(count);
  for (let place = 0; place < count; place++) {
    keys[place] = (values[place] as number) * 2 ** 32;
    places[place] = place;
  }
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(DIGITS + 1);
    for (let place = 0; place < count; place++) {
      const digit = ((keys[place] as number) >>> shift) & (DIGITS - 1);
      starts[digit + 1] = (starts[digit + 1] as number) + 1;
    }
    for (let i = 1; i <= DIGITS; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    const next = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const place = places[i] as number;
      const digit = ((keys[place] as number) >>> shift) & (DIGITS - 1);
      const at = starts[digit] as number;
      starts[digit] = at + 1;
      next[at] = place;
    }
    places = next;
  }
  for (let i = 1; i < count; i++) {
    const place = places[i] as number;
    const value = values[place] as number;
    let j = i;
    for (; j > 0 && (values[places[j - 1] as number] as number) > value; j--)
      places[j] = places[j - 1] as number;
    places[j] = place;
  }
  return places;
}

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

type Numbers = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/**
 * The same array where it has that many places; else a longer copy, at least twice as long so that growing one by one stays
 * cheap, zero beyond what it held.
 */
export function withRoom<T extends Numbers>(values: T, length: number): T {
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
 * twenty times as fast as a sort with a function for a million numbers; what 32 bits do not tell apart is put right after.
 */
export function ascending(numbers: Float64Array): Uint32Array {
  const count = numbers.length;
  // The numbers move along with their places: looking them up by place would miss the processor's cache each time.
  let values = numbers;
  let places = new Uint32Array(count);
  for (let place = 0; place < count; place++) places[place] = place;
  for (const shift of [0, 16]) {
    const digitOf = (value: number) => ((value * 2 ** 32) >>> shift) & (DIGITS - 1);
    const starts = new Uint32Array(DIGITS + 1);
    for (let i = 0; i < count; i++) {
      const digit = digitOf(values[i] as number);
      starts[digit + 1] = (starts[digit + 1] as number) + 1;
    }
    for (let i = 1; i <= DIGITS; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    const [nextValues, nextPlaces] = [new Float64Array(count), new Uint32Array(count)];
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      const digit = digitOf(value);
      const at = starts[digit] as number;
      starts[digit] = at + 1;
      nextValues[at] = value;
      nextPlaces[at] = places[i] as number;
    }
    [values, places] = [nextValues, nextPlaces];
  }
  for (let i = 1; i < count; i++) {
    const [value, place] = [values[i] as number, places[i] as number];
    let j = i;
    for (; j > 0 && (values[j - 1] as number) > value; j--) {
      values[j] = values[j - 1] as number;
      places[j] = places[j - 1] as number;
    }
    values[j] = value;
    places[j] = place;
  }
  return places;
}

/** values[places[0]], values[places[1]], … */
export function valuesAt<T extends Numbers>(values: T, places: ArrayLike<number>): T {
  const Kind = values.constructor as new (length: number) => T;
  const found = new Kind(places.length);
  for (let i = 0; i < places.length; i++) found[i] = values[places[i] as number] as number;
  return found;
}

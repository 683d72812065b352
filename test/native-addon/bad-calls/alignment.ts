import { type BadCall, binding, floats } from "./bad-call.js";

const options = { distances: ["l2"], scheme: "pairs", normalize: true, keepPairs: false, threads: 1 };
const align = (...args: unknown[]) => binding.alignment(...args);

/** Alignment losses. */
export const alignmentCalls: readonly BadCall[] = [
  ["alignment of nothing", () => align(), "TypeError", "representations"],
  [
    "alignment of doubles",
    () => align(new Float64Array(4), 1, 2, 2, options, null),
    "TypeError",
    "Float32Array",
  ],
  ["alignment of no view", () => align(floats(0), 1, 0, 2, options, null), "RangeError", "views"],
  ["negative samples", () => align(floats(4), -1, 2, 2, options, null), "RangeError", "samples"],
  ["another shape", () => align(floats(4), 1, 2, 3, options, null), "RangeError", "6 elements"],
  ["no options", () => align(floats(4), 1, 2, 2), "TypeError", "options"],
  [
    "distances as text",
    () => align(floats(4), 1, 2, 2, { ...options, distances: "l2" }, null),
    "TypeError",
    "options.distances",
  ],
  [
    "no distance",
    () => align(floats(4), 1, 2, 2, { ...options, distances: [] }, null),
    "RangeError",
    "1 to 4",
  ],
  [
    "unknown distance",
    () => align(floats(4), 1, 2, 2, { ...options, distances: ["l3"] }, null),
    "RangeError",
    "'l2' 'cosine' 'angular' 'l1'",
  ],
  [
    "unknown scheme",
    () => align(floats(4), 1, 2, 2, { ...options, scheme: "all" }, null),
    "RangeError",
    "'pairs'",
  ],
  [
    "normalize of 1",
    () => align(floats(4), 1, 2, 2, { ...options, normalize: 1 }, null),
    "TypeError",
    "a boolean",
  ],
  [
    "NaN threads",
    () => align(floats(4), 1, 2, 2, { ...options, threads: Number.NaN }, null),
    "RangeError",
    "threads",
  ],
];

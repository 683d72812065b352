import { type BadCall, binding, floats, key, request } from "./bad-call.js";

/** Random numbers and masks. */
export const randomCalls: readonly BadCall[] = [
  ["no key", () => binding.randomUniform(), "TypeError", "an object for key but received undefined"],
  ["key of null", () => binding.randomUniform(null, floats(1)), "TypeError", "for key but received null"],
  ["key that is an array", () => binding.randomUniform([], floats(1)), "TypeError", "received an array"],
  [
    "key without seed",
    () => binding.randomUniform({}, floats(1)),
    "TypeError",
    "key.seed but received undefined",
  ],
  [
    "seed as text",
    () => binding.randomUniform({ ...key, seed: "1" }, floats(1)),
    "TypeError",
    "received '1'",
  ],
  [
    "seed as bigint",
    () => binding.randomUniform({ ...key, seed: 1n }, floats(1)),
    "TypeError",
    "received a bigint",
  ],
  [
    "negative seed",
    () => binding.randomUniform({ ...key, seed: -1 }, floats(1)),
    "RangeError",
    "received -1",
  ],
  [
    "seed of 2^53",
    () => binding.randomUniform({ ...key, seed: 2 ** 53 }, floats(1)),
    "RangeError",
    "key.seed",
  ],
  [
    "fractional seed",
    () => binding.randomUniform({ ...key, seed: 0.5 }, floats(1)),
    "RangeError",
    "received 0.5",
  ],
  [
    "seed of NaN",
    () => binding.randomUniform({ ...key, seed: Number.NaN }, floats(1)),
    "RangeError",
    "received NaN",
  ],
  [
    "purpose of 256",
    () => binding.randomUniform({ ...key, purpose: 256 }, floats(1)),
    "RangeError",
    "[0, 255]",
  ],
  [
    "epoch of 2^32",
    () => binding.randomUniform({ ...key, epoch: 2 ** 32 }, floats(1)),
    "RangeError",
    "key.epoch",
  ],
  [
    "infinite sample",
    () => binding.randomUniform({ ...key, sample: Infinity }, floats(1)),
    "RangeError",
    "Infinity",
  ],
  [
    "view of 2^24",
    () => binding.randomUniform({ ...key, view: 2 ** 24 }, floats(1)),
    "RangeError",
    "key.view",
  ],
  [
    "out of doubles",
    () => binding.randomNormal(key, new Float64Array(4)),
    "TypeError",
    "Float64Array of length 4",
  ],
  [
    "out that is a list",
    () => binding.randomNormal(key, [1, 2]),
    "TypeError",
    "Float32Array for out but received an array",
  ],
  [
    "permutation of floats",
    () => binding.randomPermutation(key, floats(3)),
    "TypeError",
    "Uint32Array for out",
  ],
  ["masks of nothing", () => binding.patchMasks(), "TypeError", "request"],
  [
    "no view to mask",
    () => binding.patchMasks({ ...request, views: 0 }, 9, 3, new Uint32Array(3)),
    "RangeError",
    "views",
  ],
  ["no patch", () => binding.patchMasks(request, 0, 0, new Uint32Array(0)), "RangeError", "patches"],
  [
    "more kept than there are",
    () => binding.patchMasks(request, 9, 10, new Uint32Array(10)),
    "RangeError",
    "keep",
  ],
  [
    "masks of the wrong length",
    () => binding.patchMasks(request, 9, 3, new Uint32Array(4)),
    "RangeError",
    "3 elements",
  ],
];

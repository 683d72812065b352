import { type BadCall, binding, chain, crop, floats, pack } from "./bad-call.js";

const chainOf = (transform: string, fields: object = {}) =>
  binding.createChain([crop, { transform, ...fields }]);
const boom = () => {
  throw new Error("boom");
};

/** Chains of transforms. */
export const chainCalls: readonly BadCall[] = [
  ["chain of a number", () => binding.createChain(3), "TypeError", "an array of objects for transforms"],
  ["chain of text", () => binding.createChain("[]"), "TypeError", "for transforms but received '[]'"],
  ["chain of an array-like", () => binding.createChain({ 0: crop, length: 1 }), "TypeError", "an object"],
  ["chain of nothing", () => binding.createChain([]), "RangeError", "one output size"],
  ["chain of null", () => binding.createChain([null]), "TypeError", "an object for transforms[0]"],
  ["chain with a hole", () => binding.createChain(new Array(2 ** 32 - 1)), "TypeError", "transforms[0]"],
  [
    "chain of lists",
    () => binding.createChain([crop, []]),
    "TypeError",
    "transforms[1] but received an array",
  ],
  ["chain of a nameless one", () => binding.createChain([{}]), "RangeError", 'with a string "transform"'],
  [
    "chain of a number's",
    () => binding.createChain([{ transform: 3 }]),
    "RangeError",
    'a string "transform"',
  ],
  [
    "chain of an unknown",
    () => binding.createChain([{ transform: "nonsense" }]),
    "RangeError",
    'Unknown transform "nonsense" in transform 0; known are random_resized_crop, resize, center_crop',
  ],
  [
    "getter that throws",
    () => binding.createChain([Object.defineProperty({}, "p", { enumerable: true, get: () => boom() })]),
    "Error",
    "boom",
  ],
  [
    "proxy that throws",
    () => binding.createChain([new Proxy({}, { ownKeys: () => boom() })]),
    "Error",
    "boom",
  ],
  [
    "p of NaN",
    () => chainOf("random_invert", { p: Number.NaN }),
    "RangeError",
    "for p of transform 1 (random_invert) but received nan",
  ],
  [
    "p of null",
    () => chainOf("random_invert", { p: null }),
    "RangeError",
    "in [0, 1] for p of transform 1 (random_invert) but received null",
  ],
  ["p of text", () => chainOf("random_invert", { p: "1" }), "RangeError", 'received "1"'],
  ["p of a bigint", () => chainOf("random_invert", { p: 1n }), "RangeError", "received a bigint"],
  ["p of a symbol", () => chainOf("random_invert", { p: Symbol("p") }), "RangeError", "received a symbol"],
  ["p of a function", () => chainOf("random_invert", { p: () => 1 }), "RangeError", "received a function"],
  [
    "p of a handle",
    () => chainOf("random_invert", { p: chain() }),
    "RangeError",
    "received a handle of another kind",
  ],
  [
    "p above 1",
    () => chainOf("random_invert", { p: 1 + 2 ** -52 }),
    "RangeError",
    "received 1.0000000000000002",
  ],
  [
    "field that is unknown",
    () => chainOf("random_invert", { q: 1 }),
    "RangeError",
    'Unknown field "q" of transform 1 (random_invert)',
  ],
  [
    "inherited field",
    () => binding.createChain([Object.create({ ...crop, sise: 1 })]),
    "RangeError",
    '"sise"',
  ],
  [
    "size of nothing",
    () => chainOf("center_crop"),
    "RangeError",
    "for size of transform 1 (center_crop) but received none",
  ],
  [
    "size of infinity",
    () => chainOf("center_crop", { size: [8, Infinity] }),
    "RangeError",
    "received [8, inf]",
  ],
  [
    "size beyond 32 bits",
    () => chainOf("center_crop", { size: 2 ** 40 }),
    "RangeError",
    "in [1, 16777216] for size",
  ],
  [
    "size with text",
    () => chainOf("center_crop", { size: [8, "8"] }),
    "RangeError",
    "received a list with '8'",
  ],
  [
    "size as a typed array",
    () => chainOf("center_crop", { size: floats(2) }),
    "RangeError",
    "received Float32Array of length 2",
  ],
  [
    "size of a long list",
    () => chainOf("center_crop", { size: new Array(1e6).fill(1) }),
    "RangeError",
    "received a list of 1000000",
  ],
  ["size of an empty list", () => chainOf("center_crop", { size: [] }), "RangeError", "received []"],
  [
    "word of another field",
    () => chainOf("resize", { size: 8, interpolation: "edge" }),
    "RangeError",
    'one of "bilinear", "bicubic" for interpolation',
  ],
  [
    "word that is a number",
    () => chainOf("resize", { size: 8, interpolation: 0 }),
    "RangeError",
    "received 0",
  ],
  [
    "flag that is a number",
    () => chainOf("resize", { size: 8, antialias: 1 }),
    "RangeError",
    "true or false for antialias",
  ],
  [
    "mean with a NaN",
    () => chainOf("normalize", { mean: [0, 0, Number.NaN], std: [1, 1, 1] }),
    "RangeError",
    "3 numbers for mean of transform 1 (normalize) but received [0, 0, nan]",
  ],
  [
    "std of 0",
    () => chainOf("normalize", { mean: [0, 0, 0], std: [1, 0, 1] }),
    "RangeError",
    "3 numbers >= 1e-12 for std",
  ],
  [
    "kernel that is even",
    () => chainOf("gaussian_blur", { kernel_size: 2 }),
    "RangeError",
    "odd integers in [1, 65537] for kernel_size",
  ],
  [
    "hue beyond half a turn",
    () => chainOf("color_jitter", { hue: 0.6 }),
    "RangeError",
    "for hue of transform 1 (color_jitter) but received 0.6",
  ],
  ["info of a number", () => binding.chainInfo(3), "TypeError", "a chain (from createChain) for chain"],
  ["info of a pack as chain", () => binding.chainInfo(pack()), "TypeError", "a handle of another kind"],
];

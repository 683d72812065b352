// Every way to call the binding wrongly: an error that names the argument, never a crash.
import test from "ava";
import { purposes, randomUniform } from "../../src/native/index.js";
import { loadBinding } from "../../src/native/load.js";

// biome-ignore lint/suspicious/noExplicitAny: the point is to pass what the types forbid
const binding = loadBinding() as any;
const key = { seed: 1, purpose: 0, epoch: 0, sample: 0, view: 0 };
const crop = { transform: "center_crop", size: [2, 3] };
const chain = () => binding.createChain([crop]);
const chainOf = (transform: string, fields: object = {}) =>
  binding.createChain([crop, { transform, ...fields }]);
const replay = (lists: unknown, slots = 1, floats = 12) =>
  binding.applyViews(lists, pack(), new Uint32Array(slots), new Float32Array(floats), null);
const pack = () => binding.createPack(new Uint8Array(12), new Uint32Array([2]), new Uint32Array([2]));
const request = {
  ...key,
  slots: new Uint32Array(1),
  samples: new Uint32Array(1),
  firstView: 0,
  views: 1,
  threads: 1,
};
const options = { distances: ["l2"], scheme: "pairs", normalize: true, keepPairs: false, threads: 1 };
const floats = (n: number) => new Float32Array(n);
const align = (...args: unknown[]) => binding.alignment(...args);

const boom = () => {
  throw new Error("boom");
};

type Case = [name: string, call: () => unknown, kind: "TypeError" | "RangeError" | "Error", part: string];

const cases: Case[] = [
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
  [
    "chain as pack",
    () => binding.packInfo(chain()),
    "TypeError",
    "an open pack (from createPack or openPack) for pack",
  ],
  ["object as pack", () => binding.packInfo({}), "TypeError", "received an object"],
  [
    "pack of no array",
    () => binding.createPack("x", new Uint32Array(1), new Uint32Array(1)),
    "TypeError",
    "pixels",
  ],
  [
    "pack of other pixels",
    () => binding.createPack(floats(3), new Uint32Array(1), new Uint32Array(1)),
    "TypeError",
    "Uint8Array",
  ],
  [
    "more widths than heights",
    () => binding.createPack(new Uint8Array(3), new Uint32Array(1), new Uint32Array(2)),
    "RangeError",
    "widths",
  ],
  [
    "image without rows",
    () => binding.createPack(new Uint8Array(0), new Uint32Array(1), new Uint32Array([2])),
    "RangeError",
    "image 0",
  ],
  [
    "pixels too few",
    () => binding.createPack(new Uint8Array(11), new Uint32Array([2]), new Uint32Array([2])),
    "RangeError",
    "12 bytes",
  ],
  [
    "sizes beyond 32 bits",
    () => binding.createPack(new Uint8Array(12), new Uint32Array([2 ** 31]), new Uint32Array([2 ** 31])),
    "RangeError",
    "65535",
  ],
  ["no path", () => binding.openPack(), "TypeError", "a string for path"],
  ["path of nothing", () => binding.openPack("/nowhere/x.pack"), "Error", "/nowhere/x.pack"],
  ["slot beyond the end", () => binding.packImage(pack(), 1), "RangeError", "slot below 1"],
  ["negative slot", () => binding.packImage(pack(), -1), "RangeError", "slot"],
  ["release of a chain", () => binding.releasePack(chain()), "TypeError", "an open pack"],
  [
    "views of no view",
    () => binding.drawViews(chain(), pack(), { ...request, views: 0 }),
    "RangeError",
    "request.views",
  ],
  [
    "views beyond 2^24",
    () => binding.drawViews(chain(), pack(), { ...request, firstView: 2 ** 24 - 1, views: 2 }),
    "RangeError",
    "firstView + views",
  ],
  [
    "views of no slot array",
    () => binding.drawViews(chain(), pack(), { ...request, slots: [0] }),
    "TypeError",
    "request.slots",
  ],
  [
    "views of a missing slot",
    () => binding.drawViews(chain(), pack(), { ...request, slots: new Uint32Array([7]) }),
    "RangeError",
    "slot below 1 but received 7",
  ],
  [
    "samples of another number",
    () => binding.drawViews(chain(), pack(), { ...request, samples: new Uint32Array(2) }),
    "RangeError",
    "samples",
  ],
  [
    "augment into too little",
    () => binding.augment(chain(), pack(), request, floats(17), null),
    "RangeError",
    "18 elements",
  ],
  [
    "augment into too much",
    () => binding.augment(chain(), pack(), request, floats(19), null),
    "RangeError",
    "18 elements",
  ],
  ["augment without out", () => binding.augment(chain(), pack(), request), "TypeError", "out"],
  [
    "augment beyond 2^53",
    () =>
      binding.augment(
        chain(),
        pack(),
        { ...request, views: 2 ** 24, slots: new Uint32Array(1000), samples: new Uint32Array(1000) },
        floats(18),
        null,
      ),
    "RangeError",
    "out",
  ],
  [
    "flag of floats",
    () => binding.augment(chain(), pack(), request, floats(18), floats(1)),
    "TypeError",
    "Int32Array for abort",
  ],
  [
    "empty flag",
    () => binding.augment(chain(), pack(), request, floats(18), new Int32Array(0)),
    "RangeError",
    "abort",
  ],
  [
    "thread count",
    () => binding.augment(chain(), pack(), { ...request, threads: -2 }, floats(18), null),
    "RangeError",
    "request.threads",
  ],
  ["replay of a number", () => replay(1), "TypeError", "an array of arrays of operations for lists"],
  ["replay of text", () => replay("[[]]"), "TypeError", "for lists but received '[[]]'"],
  ["replay of one list", () => replay([{ op: "invert" }]), "TypeError", "an array of objects for lists[0]"],
  ["replay of a number's list", () => replay([[3]]), "TypeError", "an object for lists[0][0] but received 3"],
  [
    "replay of a missing slot",
    () => binding.applyViews([[]], pack(), new Uint32Array([1]), floats(12), null),
    "RangeError",
    "slot",
  ],
  [
    "replay of an unknown",
    () => replay([[{ op: "rotate" }]]),
    "RangeError",
    'Unknown op "rotate" in operation 0 of list 0',
  ],
  [
    "replay of a NaN",
    () => replay([[{ op: "adjust_hue", hue_factor: Number.NaN }]]),
    "RangeError",
    "for hue_factor of operation 0 of list 0 (adjust_hue) but received nan",
  ],
  [
    "replay of a box too far",
    () => replay([[{ op: "crop", top: 3e9, left: 0, height: 2, width: 2 }]]),
    "RangeError",
    "for top of operation 0 of list 0 (crop) but received 3e+09",
  ],
  [
    "replay of a huge view",
    () => replay([[{ op: "center_crop", output_size: 2 ** 24 }]]),
    "RangeError",
    "at most 268435456 pixels",
  ],
  ["replay of two lists on one slot", () => replay([[], []]), "RangeError", "operation lists"],
  ["replay into the wrong size", () => replay([[]], 1, 13), "RangeError", "for out but received 13"],
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

for (const [name, call, kind, part] of cases) {
  test(`BAD CALL: ${name}`, async (t) => {
    const error = await t.throwsAsync(async () => call());
    t.is(error?.name, kind, error?.message);
    t.true(error?.message.includes(part), `"${error?.message}" lacks "${part}"`);
  });
}

test("every function of the binding is called wrongly above", (t) => {
  const source = cases.map(([, call]) => call.toString()).join("\n");
  for (const name of Object.keys(binding)) {
    const called = { alignment: "align(", applyViews: "replay(" }[name] ?? `.${name}(`;
    if (name !== "buildInfo") t.true(source.includes(called), name);
  }
});

/** Numbers in [0, n), the same in every run. */
function* dice(count: number): Generator<(n: number) => number> {
  const values = randomUniform({ ...key, purpose: purposes.evaluation }, new Float32Array(count * 64));
  for (let trial = 0; trial < count; trial++) {
    let at = 64 * trial;
    yield (n) => Math.floor((values[at++] ?? 0) * n);
  }
}

test("PROPERTY: whatever objects come as transforms and operations, the answer is a result or a sentence", async (t) => {
  const names =
    "transform op size p mean std padding hue sigma kernel_size threshold scale interpolation fill".split(
      " ",
    );
  const kinds =
    "center_crop resize random_crop normalize gaussian_blur color_jitter crop pad invert solarize".split(" ");
  const values: unknown[] = [
    0,
    1,
    3,
    8,
    0.5,
    -1,
    2 ** 24,
    1e300,
    Number.NaN,
    -Infinity,
    null,
    undefined,
    true,
    "edge",
    "",
    {},
    [],
    [[1]],
    [3, 3],
    [1, 2, 3],
    [1, 2, 3, 4],
    [0.1, 0.2],
    [3, null],
    new Array(9),
    new Date(),
    /x/,
    7n,
    Symbol("s"),
    floats(2),
    new Proxy({}, {}),
  ];
  let accepted = 0;
  let refused = 0;
  for (const roll of dice(4000)) {
    const objects = Array.from({ length: roll(4) }, () => {
      const kind = kinds[roll(kinds.length)];
      const fields = Array.from({ length: roll(4) }, () => [
        names[roll(names.length)],
        values[roll(values.length)],
      ]);
      return roll(12) === 0
        ? values[roll(values.length)]
        : { transform: kind, op: kind, ...Object.fromEntries(fields) };
    });
    const only = (kept: string) =>
      objects.map((one) => {
        if (typeof one !== "object" || one === null || !("op" in one)) return one;
        const { transform, op, ...rest } = one as { transform?: unknown; op?: unknown };
        return { [kept]: kept === "op" ? op : transform, ...rest };
      });
    for (const call of [() => binding.createChain(only("transform")), () => replay([only("op")])]) {
      try {
        await call();
        accepted++;
      } catch (error) {
        refused++;
        t.regex((error as Error).message, /^(Expected|Unknown|operation list 0: Expected) .{10,}/s);
        t.true(error instanceof TypeError || error instanceof RangeError, String(error));
      }
    }
  }
  t.true(accepted > 100 && refused > 1000, `${accepted} accepted, ${refused} refused`);
});

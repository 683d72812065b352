// Every way to call the binding wrongly: an error that names the argument, never a crash.
import test from "ava";
import { loadBinding } from "../../src/native/load.js";

// biome-ignore lint/suspicious/noExplicitAny: the point is to pass what the types forbid
const binding = loadBinding() as any;
const key = { seed: 1, purpose: 0, epoch: 0, sample: 0, view: 0 };
const chain = () => binding.createChain('[{"transform":"center_crop","size":[2,3]}]');
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
  ["chain of a number", () => binding.createChain(3), "TypeError", "a string for specJson"],
  ["chain of no JSON", () => binding.createChain("{"), "RangeError", "JSON"],
  ["chain of nothing", () => binding.createChain("[]"), "RangeError", ""],
  ["chain of an unknown", () => binding.createChain('[{"transform":"nonsense"}]'), "RangeError", "nonsense"],
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
  [
    "replay of a number",
    () => binding.applyViews(1, pack(), new Uint32Array(1), floats(1), null),
    "TypeError",
    "opsJson",
  ],
  [
    "replay of a missing slot",
    () => binding.applyViews("[[]]", pack(), new Uint32Array([1]), floats(12), null),
    "RangeError",
    "slot",
  ],
  [
    "replay of no JSON",
    () => binding.applyViews("[[", pack(), new Uint32Array(1), floats(12), null),
    "RangeError",
    "JSON",
  ],
  [
    "replay of two lists on one slot",
    () => binding.applyViews("[[],[]]", pack(), new Uint32Array(1), floats(12), null),
    "RangeError",
    "operation lists",
  ],
  [
    "replay into the wrong size",
    () => binding.applyViews("[[]]", pack(), new Uint32Array(1), floats(13), null),
    "RangeError",
    "for out but received 13",
  ],
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
    if (name !== "buildInfo") t.true(source.includes(name === "alignment" ? "align(" : `.${name}(`), name);
  }
});

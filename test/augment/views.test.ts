import { readFileSync } from "node:fs";
import test from "ava";
import { getPolicy, type Op, openPolicy, policyNames } from "../../src/augment/index.js";
import { SslMemError } from "../../src/errors.js";
import {
  applyViews,
  createChain,
  createPack,
  type Pack,
  purposes,
  randomUniform,
} from "../../src/native/index.js";

const golden = new URL("../../../test/golden/augment/", import.meta.url);
const key = { seed: 3, purpose: purposes.scoreViews, epoch: 1 };

function pack(sizes: readonly (readonly [number, number])[]): Pack {
  const total = sizes.reduce((sum, [height, width]) => sum + height * width * 3, 0);
  const noise = randomUniform({ ...key, sample: 0, view: 0 }, new Float32Array(total));
  const pixels = Uint8Array.from(noise, (value) => value * 256);
  return createPack(
    pixels,
    Uint32Array.from(sizes, ([height]) => height),
    Uint32Array.from(sizes, ([, width]) => width),
  );
}

const images = pack([
  [40, 33],
  [61, 90],
  [35, 35],
]);
const slots = Uint32Array.of(0, 1, 2);
const samples = Uint32Array.of(11, 7, 4_000_000_000);

for (const name of policyNames()) {
  test(`${name}: replaying the drawn operations gives the same views, bit for bit`, async (t) => {
    const open = openPolicy(getPolicy(name, { imageSize: 32 }));
    for (const [group, { views }] of open.policy.groups.entries()) {
      const selection = { slots, samples, ...key, group };
      const made = await open.augment(images, selection);
      t.is(made.length, slots.length * views * open.size(group)[0] * open.size(group)[1] * 3);
      t.true(made.every(Number.isFinite));
      const drawn = open.drawViews(images, selection);
      t.deepEqual(
        drawn.map((lists) => lists.length),
        [views, views, views],
      );
      const perView = Uint32Array.from(drawn.flatMap((lists, i) => lists.map(() => slots[i] ?? 0)));
      const replayed = await applyViews(drawn.flat(), images, perView, new Float32Array(made.length));
      t.deepEqual(replayed, made);
    }
  });
}

test("a view depends on its key alone: not on the batch, its order, the threads or the views made with it", async (t) => {
  const open = openPolicy(getPolicy("simclr", { imageSize: 32 }));
  const size = 32 * 32 * 3;
  const all = await open.augment(images, { slots, samples, ...key, views: 4, threads: 2 });
  const one = await open.augment(images, {
    slots: slots.slice(1, 2),
    samples: samples.slice(1, 2),
    ...key,
    views: 1,
    firstView: 2,
    threads: 1,
  });
  t.deepEqual(one, all.slice((4 + 2) * size, (4 + 3) * size));
  const reversed = await open.augment(images, {
    slots: slots.slice().reverse(),
    samples: samples.slice().reverse(),
    ...key,
    views: 4,
  });
  t.deepEqual(reversed.slice(8 * size), all.slice(0, 4 * size));
});

test("groups share no random numbers", (t) => {
  const open = openPolicy(getPolicy("dino", { imageSize: 32 }));
  const boxes = open.policy.groups.flatMap((_, group) =>
    open
      .drawViews(images, { slots, samples, ...key, group })
      .flat()
      .map((ops) => JSON.stringify(ops[0])),
  );
  t.is(boxes.length, 30);
  t.is(new Set(boxes).size, 30);
});

test("`out` is filled and returned", async (t) => {
  const open = openPolicy(getPolicy("eval", { imageSize: 16 }));
  const out = new Float32Array(3 * 16 * 16 * 3);
  t.is(await open.augment(images, { slots, samples, ...key, out }), out);
  t.true(out.some((value) => value !== 0));
});

test("a group that is not there is refused", async (t) => {
  const open = openPolicy(getPolicy("mae", { imageSize: 16 }));
  const error = await t.throwsAsync(open.augment(images, { slots, samples, ...key, group: 1 }));
  t.true(error instanceof SslMemError && error.code === "USAGE");
  t.true(error?.message.includes("[0, 0] for group"));
});

test("an unknown field of a transform is refused by the core, by name", (t) => {
  const error = t.throws(() => createChain([{ transform: "center_crop", size: [8, 8], sise: 3 }]));
  t.true(error instanceof SslMemError && error.code === "USAGE");
  t.true(error?.message.includes('Unknown field "sise" of transform 0 (center_crop)'), error?.message);
});

interface GoldenCase {
  kind: "single" | "chain";
  image: string;
  ops: Op[];
  height: number;
  width: number;
  offset: number;
}
interface GoldenImage {
  name: string;
  height: number;
  width: number;
}

test("through the addon, views equal torchvision's on the golden set", async (t) => {
  const index = JSON.parse(readFileSync(new URL("index.json", golden), "utf8")) as {
    cases: GoldenCase[];
    images: GoldenImage[];
  };
  const bytes = readFileSync(new URL("expected.bin", golden));
  const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const sources = createPack(
    new Uint8Array(readFileSync(new URL("images.bin", golden))),
    Uint32Array.from(index.images, ({ height }) => height),
    Uint32Array.from(index.images, ({ width }) => width),
  );
  t.true(index.cases.length > 400);
  for (const { kind, image, ops, height, width, offset } of index.cases) {
    const slot = index.images.findIndex(({ name }) => name === image);
    const count = height * width * 3;
    const out = await applyViews([ops], sources, Uint32Array.of(slot), new Float32Array(count));
    // The tolerances of the design; a normalize divides by its std, at least .224 in the set.
    const divisor = ops.some(({ op }) => op === "normalize") ? 0.224 : 1;
    const tolerance = (kind === "chain" ? 2e-5 : 1e-5) / divisor;
    // Math.max keeps a NaN, which then fails.
    const worst = out.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (expected[offset + i] ?? Number.NaN))),
      0,
    );
    if (!(worst <= tolerance)) t.fail(`error ${worst} > ${tolerance} in ${image}: ${JSON.stringify(ops)}`);
  }
});

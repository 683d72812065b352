import { createHash } from "node:crypto";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { ImageList } from "../../src/data/image-list.js";
import {
  epochBatches,
  Manifest,
  makeSplit,
  openSource,
  openStore,
  PackWriter,
  PLAIN_PIXELS,
  ReadImages,
  Split,
  type SplitOptions,
  SUBSETS,
} from "../../src/data/index.js";
import { temporaryDirectory } from "../train/helpers.js";
import { packAll, readImage } from "./reading.js";

const OPTIONS: SplitOptions = {
  seed: 0,
  scheme: "random",
  limit: null,
  shared: 0.8,
  candidate: 0.1,
  independent: 0.1,
  external: null,
  stratify: true,
};

/** A manifest of that many images without files. */
function manifestOf(train: number, test = 0, classes = 10): Manifest {
  const entries = Array.from({ length: train + test }, (_, i) => ({
    id: `${i}.png`,
    path: `${i}.png`,
    offset: 0,
    bytes: 1,
    label: classes === 0 ? null : i % classes,
    part: i < train ? ("train" as const) : ("test" as const),
  }));
  const labelNames = classes === 0 ? null : Array.from({ length: classes }, String);
  const facts = {
    kind: "folder",
    spec: "x",
    labelNames,
    outlierIds: null,
    skipped: [],
    pixels: PLAIN_PIXELS,
  };
  return Manifest.make(ImageList.of(entries), ReadImages.none, facts);
}

test("80/10/10 and as many external images, disjoint, stratified, from the seed", (t) => {
  const manifest = manifestOf(1000, 300);
  const split = makeSplit(manifest, OPTIONS);
  t.deepEqual(
    SUBSETS.map((subset) => split.indices(subset).length),
    [800, 100, 100, 100],
  );
  t.true([...split.indices("external")].every((i) => i >= 1000));
  for (const subset of SUBSETS) {
    const perClass = new Array(10).fill(0);
    for (const i of split.indices(subset)) perClass[i % 10] += 1;
    t.is(new Set(perClass).size, 1, `${subset}: ${perClass}`);
  }
  t.deepEqual(makeSplit(manifest, OPTIONS).codes, split.codes);
  t.notDeepEqual(makeSplit(manifest, { ...OPTIONS, seed: 1 }).codes, split.codes);
});

test("file order gives the paper's index ranges on CIFAR-10's numbers", (t) => {
  const split = makeSplit(manifestOf(50_000, 10_000), { ...OPTIONS, scheme: "file-order" });
  const range = (subset: (typeof SUBSETS)[number]) => [
    split.indices(subset)[0],
    split.indices(subset).at(-1),
  ];
  t.deepEqual(SUBSETS.map(range), [
    [0, 39_999],
    [40_000, 44_999],
    [45_000, 49_999],
    [50_000, 54_999],
  ]);
});

test("without a test part, external images are held out", (t) => {
  const split = makeSplit(manifestOf(1100, 0, 0), OPTIONS);
  t.deepEqual(
    SUBSETS.map((subset) => split.indices(subset).length),
    [800, 100, 100, 100],
  );
});

test("counts and limits are kept; contradictions are refused with the numbers", (t) => {
  const manifest = manifestOf(1000, 50);
  const split = makeSplit(manifest, { ...OPTIONS, limit: 100, shared: 60, candidate: 20, independent: 20 });
  t.deepEqual(
    SUBSETS.map((subset) => split.indices(subset).length),
    [60, 20, 20, 20],
  );
  const refused = (changes: Partial<SplitOptions>, words: RegExp) =>
    t.throws(() => makeSplit(manifest, { ...OPTIONS, ...changes }), { name: "SslMemError", message: words });
  refused({ limit: 1001 }, /at most 1000/);
  refused({ shared: 900, candidate: 100, independent: 100 }, /900 \+ 100 \+ 100 is 1100/);
  refused({ shared: 100, candidate: 10, independent: 20 }, /10 and 20/);
  refused({ external: 51 }, /at most 50/);
  refused({ scheme: "alphabetical" }, /random or file-order/);
});

test("a split comes back from its file, and is refused for another data set", async (t) => {
  const path = join(temporaryDirectory(), "split.parquet");
  const manifest = manifestOf(200, 40);
  const split = makeSplit(manifest, OPTIONS);
  await split.write(path, manifest);
  t.deepEqual((await Split.read(path, manifest)).codes, split.codes);
  t.like(await t.throwsAsync(Split.read(path, manifestOf(201, 40))), { code: "DATA" });
  truncateSync(path, 50);
  t.like(await t.throwsAsync(Split.read(path, manifest)), { code: "DATA" });
});

test("an epoch's batches are disjoint, whole, the same for the same key and matched between f and g", (t) => {
  const f = Uint32Array.from({ length: 50 }, (_, i) => i);
  const g = f.map((i) => (i < 40 ? i : i + 100));
  const key = { seed: 3, epoch: 1, batch: 12 };
  const batches = epochBatches(f, key);
  t.deepEqual(
    batches.map((batch) => batch.length),
    [12, 12, 12, 12],
  );
  t.is(new Set(batches.flatMap((batch) => [...batch])).size, 48);
  t.deepEqual(epochBatches(f, key), batches);
  t.notDeepEqual(epochBatches(f, { ...key, epoch: 2 }), batches);
  t.deepEqual(
    epochBatches(g, key).map((batch) => batch.map((i) => (i >= 100 ? i - 100 : i))),
    batches,
  );
});

test("manifest and packed cache come back from their files; a cache of other images is not used", async (t) => {
  const root = temporaryDirectory();
  const data = "synthetic:count=12,test=3,size=9,seed=4,outliers=0.5";
  const source = await openSource(data);
  const manifest = await packAll(source, join(root, "images.pack"));
  await manifest.write(join(root, "manifest.parquet"));
  const again = await Manifest.read(join(root, "manifest.parquet"));
  t.deepEqual(again.used, manifest.used);
  t.is(again.hash, manifest.hash);
  for (const index of manifest.used) t.deepEqual(again.entry(index), manifest.entry(index));
  t.deepEqual(again.facts, manifest.facts);
  const descriptor = {
    manifest: again,
    data,
    packPath: join(root, "images.pack"),
  };
  const indices = Uint32Array.of(3, 14);
  const pixels = async (packPath: string | null) => {
    const store = await openStore({ ...descriptor, packPath });
    const { pack, slots } = await store.load(indices);
    return [pack.images, [...slots].map((slot) => [...pack.image(slot).pixels])];
  };
  const [packed, decoded] = [await pixels(descriptor.packPath), await pixels(null)];
  t.deepEqual(packed[1], decoded[1]);
  t.deepEqual([packed[0], decoded[0]], [15, 2]);
  const foreign = await PackWriter.create(join(root, "foreign.pack"));
  await foreign.add(0, await readImage(source, manifest.entry(0)));
  await foreign.finish(join(root, "foreign.pack"), "00".repeat(32), Uint32Array.of(0));
  t.is((await pixels(join(root, "foreign.pack")))[0], 2);
});

test("synthetic images are the same bytes everywhere, and outliers are recorded", async (t) => {
  const source = await openSource("synthetic:count=50,test=5,size=17,seed=11,outliers=0.2");
  const hash = createHash("sha256");
  const { images, outlierIds } = await source.list();
  for (const entry of images) hash.update((await readImage(source, entry)).pixels);
  t.is(hash.digest("hex"), "ee80a8b6803cd3d96926a217011b4c2fd250901ca938f30010ecf01ebd9e5a71");
  t.true((outlierIds?.length ?? 0) >= 3);
  t.true(outlierIds?.every((id) => Number(id.split("#")[1]) < 50));
});

test("an exclusion takes its images out and leaves every other one where it was", (t) => {
  const manifest = manifestOf(100, 20);
  const split = makeSplit(manifest, OPTIONS);
  const [first, second] = split.indices("candidate");
  const ids = [`${first}.png`, `${second}.png`, "nobody.png"];
  const { split: rest, excluded } = split.without(ids, manifest.images);
  t.is(excluded, 2);
  t.deepEqual([...rest.indices("candidate")], [...split.indices("candidate")].slice(2));
  for (const subset of ["shared", "independent", "external"] as const)
    t.deepEqual(rest.indices(subset), split.indices(subset));
  t.throws(() => split.without(["nobody.png"], manifest.images), {
    code: "DATA",
    message: /none of 1 is one/,
  });
  const all = [...split.indices("candidate")].slice(1).map((i) => `${i}.png`);
  t.throws(() => split.without(all, manifest.images), {
    code: "USAGE",
    message: /at least 2 candidate images/,
  });
});

test("an unreadable image of a stratified split is replaced by one of its class, as long as there is one", (t) => {
  // Ten classes in turn; 20 images are left over in each.
  const manifest = manifestOf(1000, 300);
  const sizes = { shared: 400, candidate: 200, independent: 200, external: 100 };
  const whole = makeSplit(manifest, { ...OPTIONS, ...sizes });
  const lost = [...whole.indices("candidate")].slice(0, 3);
  const split = makeSplit(manifest, { ...OPTIONS, ...sizes }, new Set(lost));
  const kept = new Set(whole.indices("candidate"));
  const taken = [...split.indices("candidate")].filter((index) => !kept.has(index));
  const classes = (indices: readonly number[]) => indices.map((index) => index % 10).sort();
  t.deepEqual(classes(taken), classes(lost));
  t.true(taken.every((index) => whole.subset(index) === null));
  for (const subset of ["shared", "independent", "external"] as const)
    t.deepEqual(split.indices(subset), whole.indices(subset));
  // A class of which every image is unreadable gives its places to others.
  const gone = new Set(Array.from({ length: 100 }, (_, i) => 10 * i));
  const without = makeSplit(manifest, { ...OPTIONS, ...sizes }, gone);
  t.is(without.indices("shared").length, 400);
  t.true([...without.used()].every((index) => !gone.has(index)));
});

test("where there are too few images for any size, no range is given for one", (t) => {
  const said = (train: number, tests: number, sizes: Partial<SplitOptions>) => {
    const entry = (i: number) => ({
      id: `${i}.png`,
      path: "",
      offset: 0,
      bytes: 1,
      label: null,
      part: i < train ? ("train" as const) : ("test" as const),
    });
    const images = ImageList.of(Array.from({ length: train + tests }, (_, i) => entry(i)));
    const options = {
      seed: 1,
      scheme: "random",
      limit: null,
      shared: 2,
      candidate: 2,
      independent: 2,
      external: null,
      stratify: false,
      ...sizes,
    };
    const error = t.throws(() => makeSplit({ images, labelNames: null }, options));
    t.notRegex(error?.message ?? "", / \d+ to \d+ |at most [0-5]\b/);
    return error?.message ?? "";
  };
  t.regex(said(0, 9, {}), /at least 6 training images, .* but 0 are there/);
  t.regex(said(1, 9, { limit: 8 }), /at least 6 training images, .* but 1 is there/);
  t.regex(said(7, 0, { external: 4 }), /at least 8 images, 2 in each subset, but 7 are there/);
  t.regex(said(9, 0, { shared: 5, external: 4 }), /external subset but the others leave 0\./);
  t.regex(said(9, 1, { external: 4 }), /external subset but there is only 1 test image/);
  t.regex(said(12, 0, { external: 0 }), /at least 2 external images but the split asks for 0\./);
  t.regex(said(12, 8, { external: 9 }), /at most 8 external images, .* asks for 9\./);
});

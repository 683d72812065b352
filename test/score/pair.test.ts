import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { buildManifest, type Manifest, makeSplit, openSource, type Split } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { exportWeights, initialWeights, writeSafetensors } from "../../src/nn/index.js";
import { type ScoreOptions, scorePair } from "../../src/score/index.js";
import { partIsDone } from "../../src/score/part.js";
import { fileList, query, writeParquet } from "../../src/tables/index.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { temporaryDirectory } from "../train/helpers.js";

const DATA = "synthetic:count=60,test=10,size=16,seed=5";
const root = temporaryDirectory();
const at = (name: string) => join(root, name);
let manifest: Manifest;
let split: Split;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  manifest = await buildManifest(await openSource(DATA));
  split = makeSplit(manifest, {
    seed: 0,
    scheme: "random",
    limit: null,
    shared: 0.5,
    candidate: 0.2,
    independent: 0.2,
    external: null,
    stratify: true,
  });
  const { parameters } = networkNamed("resnet9");
  for (const [i, name] of ["f", "g"].entries()) {
    await writeSafetensors(
      at(`${name}.safetensors`),
      exportWeights(parameters, initialWeights(parameters, i)),
    );
  }
});

function options(directory: string, changes: Partial<ScoreOptions> = {}): ScoreOptions {
  return {
    recipe: {
      architecture: "resnet9",
      layer: null,
      pooling: "pooled",
      policy: "simclr",
      imageSize: 16,
      views: 4,
      distance: "l2",
      scheme: "pairs",
      normalize: true,
      seed: 7,
      batch: 5,
    },
    store: { manifest, data: DATA, packPath: null },
    split,
    f: at("f.safetensors"),
    g: at("g.safetensors"),
    pair: 0,
    directory: at(directory),
    parts: 3,
    shard: null,
    workers: 1,
    keepViews: true,
    engine: { engine: testEngine, device: "cpu", precision: "fp32" },
    ...changes,
  };
}

const rows = async (parts: readonly string[]) =>
  query(`SELECT * FROM read_parquet(${fileList(parts)}) ORDER BY index`);

test.serial("no number depends on workers, parts or shards", async (t) => {
  const whole = await scorePair(options("whole"));
  const expected = await rows(whole.parts);
  t.is(expected.length, whole.images);
  t.is(new Set(expected.map(({ id }) => id)).size, expected.length);
  t.deepEqual(await rows((await scorePair(options("workers", { workers: 2 }))).parts), expected);
  t.deepEqual(await rows((await scorePair(options("one", { parts: 1 }))).parts), expected);
  const shards = [];
  for (const index of [1, 0])
    shards.push(...(await scorePair(options("shards", { shard: { index, count: 2 } }))).parts);
  t.deepEqual(await rows(shards), expected);
});

test.serial("each worker takes the next device of the list, by default one for each", async (t) => {
  const whole = await scorePair(options("whole"));
  const two = await scorePair(options("devices", { workers: null, devices: ["cpu", "cpu"] }));
  t.deepEqual(two.devices, ["cpu", "cpu"]);
  t.deepEqual(await rows(two.parts), await rows(whole.parts));
  t.deepEqual((await scorePair(options("devices"))).devices, []); // nothing was left
  const missing = { engine: testEngine, precision: "fp32", device: "cuda:0,cuda:1" } as const;
  const error = await t.throwsAsync(scorePair(options("gpus", { workers: null, engine: missing })));
  t.like(error, { code: "ENGINE" });
  t.regex(error?.message ?? "", /"cuda:0"/);
});

(testEngine === "torch" ? test.serial : test.serial.skip)(
  "views that are made on the device give the same rows",
  async (t) => {
    const base = options("").recipe;
    for (const scheme of ["pairs", "original"] as const) {
      const recipe = { ...base, scheme };
      const host = await scorePair(options(`host-${scheme}`, { recipe }));
      const settings = { viewSettings: { viewsOn: "device" } } as const;
      const device = await scorePair(options(`device-${scheme}`, { recipe, ...settings }));
      t.deepEqual(await rows(device.parts), await rows(host.parts));
    }
  },
);

test.serial("f = g gives exactly 0; swapping them flips the sign exactly", async (t) => {
  const same = await rows((await scorePair(options("same", { g: at("f.safetensors") }))).parts);
  t.true(same.every((row) => row.sslmem === 0 && row.memorization === 0 && row.se === 0));
  const swapped = await rows(
    (await scorePair(options("swapped", { f: at("g.safetensors"), g: at("f.safetensors") }))).parts,
  );
  const straight = await rows((await scorePair(options("whole"))).parts);
  t.deepEqual(
    swapped.map(({ sslmem }) => sslmem),
    straight.map(({ sslmem }) => -(sslmem as number)),
  );
  t.true(straight.some(({ sslmem }) => sslmem !== 0));
});

test.serial("the kept pair distances have the stored loss as their mean", async (t) => {
  for (const row of await rows((await scorePair(options("whole"))).parts)) {
    const distances = row.views_f as number[];
    t.is(distances.length, 6);
    t.true(Math.abs(distances.reduce((a, b) => a + b) / 6 - (row.lf as number)) < 1e-12);
  }
});

test.serial("parts that are there are kept; a missing one is made again", async (t) => {
  const { parts } = await scorePair(options("whole"));
  const before = await rows(parts);
  rmSync(parts[1] as string);
  const again = await scorePair(options("whole"));
  t.true(again.scored > 0 && again.scored < again.images);
  t.deepEqual(await rows(again.parts), before);
  t.is((await scorePair(options("whole"))).scored, 0);
});

test.serial(
  "a part of another configuration is refused, naming what differs; a damaged one too",
  async (t) => {
    const foreign = await t.throwsAsync(
      scorePair(options("whole", { recipe: { ...options("").recipe, distance: "cosine" } })),
    );
    t.like(foreign, { code: "USAGE" });
    t.regex(foreign?.message ?? "", /distance "l2" \(now "cosine"\)/);
    const { parts } = await scorePair(options("damaged"));
    truncateSync(parts[0] as string, 100);
    t.like(await t.throwsAsync(scorePair(options("damaged"))), { code: "DATA" });
  },
);

test.serial("every scheme, distance, a layer and the map give finite scores", async (t) => {
  const base = options("").recipe;
  for (const change of [
    { scheme: "original" },
    { scheme: "disjoint" },
    { distance: "angular" },
    { distance: "l1" },
    { layer: "res2" },
    { pooling: "map" },
  ] as const) {
    const name = Object.values(change)[0] as string;
    const scored = await rows(
      (await scorePair(options(`variant-${name}`, { recipe: { ...base, ...change } }))).parts,
    );
    t.true(
      scored.length > 0 && scored.every(({ sslmem, se }) => Number.isFinite(sslmem) && Number.isFinite(se)),
      name,
    );
  }
});

test.serial("weights of another network are a DATA error that says so", async (t) => {
  const recipe = { ...options("").recipe, architecture: "resnet18-cifar" };
  const error = await t.throwsAsync(scorePair(options("wrong", { recipe })));
  t.like(error, { code: "DATA" });
  t.regex(error?.message ?? "", /weights of resnet18-cifar/);
});

test.serial("an abort leaves whole parts only, and the next call finishes", async (t) => {
  const controller = new AbortController();
  const aborted = options("aborted", { signal: controller.signal, onProgress: () => controller.abort() });
  t.like(await t.throwsAsync(scorePair(aborted)), { code: "INTERRUPTED" });
  const { parts } = await scorePair(options("aborted"));
  t.deepEqual(await rows(parts), await rows((await scorePair(options("whole"))).parts));
});

test.serial(
  "parts are of one pooling; those of earlier versions, which had no other, are of the pooled vector",
  async (t) => {
    const path = at("earlier.parquet");
    const configuration = (more: object) => JSON.stringify({ views: 4, ...more, pair: 0 });
    const written = { schema: "sslmem/scores@1", configuration: configuration({}) };
    await writeParquet(path, { index: Uint32Array.of(0) }, written);
    t.true(await partIsDone(path, configuration({ pooling: "pooled" })));
    const error = await t.throwsAsync(partIsDone(path, configuration({ pooling: "map" })));
    t.like(error, { code: "USAGE" });
    t.regex(error?.message ?? "", /differ: pooling "pooled" \(now "map"\)\./);
  },
);

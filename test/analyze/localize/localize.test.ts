// LayerMem and UnitMem of a small pair, against one encoder a layer, loops over plain arrays, and the scorer itself.
import { join } from "node:path";
import test from "ava";
import {
  buildManifest,
  type ImageStore,
  makeSplit,
  openSource,
  openStore,
  type Split,
} from "../../../src/data/index.js";
import { openEngine, openedEngine } from "../../../src/engine/index.js";
import { OutOfMemory } from "../../../src/engine/out-of-memory.js";
import * as tf from "../../../src/engine/tf.js";
import { layerSizes } from "../../../src/localize/capture.js";
import { type Localization, localize, localizeSchema } from "../../../src/localize/index.js";
import { type LayerRow, localizePass } from "../../../src/localize/pass.js";
import {
  type Encoder,
  exportWeights,
  getArchitecture,
  initialWeights,
  loadEncoder,
  writeSafetensors,
} from "../../../src/nn/index.js";
import { type ScoreRecipe, scorePair, scoreViews } from "../../../src/score/index.js";
import { fileList, query } from "../../../src/tables/index.js";
import { type HostBatch, HostViews } from "../../../src/views/index.js";
import { farthest } from "../../close.js";
import { networkNamed } from "../../networks.js";
import { temporaryDirectory } from "../../train/helpers.js";

const DATA = "synthetic:count=44,test=10,size=16,seed=5";
const root = temporaryDirectory();
const at = (name: string) => join(root, name);
const RESNET9 = getArchitecture("resnet9");
const RECIPE: ScoreRecipe = {
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
};
const WEIGHTS = { f: at("f.safetensors"), g: at("g.safetensors") };
let store: ImageStore;
let split: Split;
let result: Localization;

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const manifest = await buildManifest(await openSource(DATA));
  const sizes = { limit: null, shared: 20, candidate: 11, independent: 11, external: 10 };
  split = makeSplit(manifest, { seed: 0, scheme: "random", ...sizes, stratify: true });
  const { parameters } = networkNamed("resnet9");
  for (const [seed, path] of [WEIGHTS.f, WEIGHTS.g].entries())
    await writeSafetensors(path, exportWeights(parameters, initialWeights(parameters, seed)));
  store = await openStore({ manifest, data: DATA, packPath: null });
  result = await localize({
    recipe: RECIPE,
    store,
    split,
    pairs: [WEIGHTS],
    images: 500,
    directory: at("localize"),
  });
});

const layerRows = () =>
  query(`SELECT * FROM read_parquet(${fileList(at("localize/layers.parquet"))}) ORDER BY position, index`);
const layers = () => [...networkNamed("resnet9").layers, "representation"];

test.serial("the result follows its schema and names every layer once", (t) => {
  t.notThrows(() => localizeSchema.parse(JSON.parse(JSON.stringify(result))));
  t.deepEqual(
    result.layers.map(({ layer }) => layer),
    layers(),
  );
  t.deepEqual(result.images, [
    { subset: "candidate", n: 10, of: 11 },
    { subset: "external", n: 10, of: 10 },
  ]);
  const path = (key: string) =>
    key
      .split(".")
      .reduce((value, name) => (value as Record<string, never>)[name] as never, result as unknown);
  t.true(Object.keys(result.why).every((key) => path(key) === null));
  t.is(result.why["layers.0.subsets.0.increment"], "no layer comes before the first");
});

test.serial("scores at every layer are those of the scorer with that layer", async (t) => {
  const rows = await layerRows();
  for (const layer of ["conv1", "res2", "representation"]) {
    const { parts } = await scorePair({
      recipe: { ...RECIPE, layer: layer === "representation" ? null : layer, batch: 5 },
      store: { manifest: store.manifest, data: DATA, packPath: null },
      split,
      ...WEIGHTS,
      pair: 0,
      directory: at(`scores-${layer}`),
      parts: 1,
      shard: null,
      workers: 1,
      keepViews: false,
      engine: { engine: "tensorflow", device: "cpu" },
    });
    const scored = new Map(
      (await query(`SELECT * FROM read_parquet(${fileList(parts)})`)).map((row) => [row.index, row]),
    );
    const here = rows.filter((row) => row.layer === layer);
    t.is(here.length, 20);
    for (const row of here) {
      const other = scored.get(row.index) as Record<string, number>;
      t.like(row, { id: other.id, subset: other.subset } as object);
      // The same views and batch shape, but an image stands at another place of its batch; distances of unit vectors.
      for (const name of ["lf", "lg", "sslmem", "se"])
        t.is(farthest([row[name] as number], [other[name] as number], 1e-5), null, `${layer} ${name}`);
    }
  }
});

test.serial("increments, extremes, offsets and overlaps are those of loops over the rows", async (t) => {
  const rows = await layerRows();
  const scores = (layer: string, subset: string) =>
    rows.filter((row) => row.layer === layer && row.subset === subset).map((row) => row.sslmem as number);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const se = (values: number[]) =>
    Math.sqrt(
      values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1) / values.length,
    );
  const ranking = (layer: string) => {
    const values = scores(layer, "candidate");
    return [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number));
  };
  const last = ranking("representation");
  for (const [position, { layer, subsets, extremes }] of result.layers.entries()) {
    const of = (order: number[]) => mean(order.map((i) => scores(layer, "candidate")[i] as number));
    t.is(extremes.n, 5);
    t.is(
      farthest(
        [extremes.most, extremes.least] as number[],
        [of(last.slice(0, 5)), of(last.slice(-5))],
        1e-14,
      ),
      null,
    );
    for (const { subset, n, ...summary } of subsets) {
      const values = scores(layer, subset);
      t.is(n, 10);
      t.is(farthest([summary.mean, summary.se] as number[], [mean(values), se(values)], 1e-14), null);
      const before = position === 0 ? null : scores(layers()[position - 1] as string, subset);
      const steps = before?.map((value, i) => (values[i] as number) - value) ?? null;
      if (steps === null) t.is(summary.increment, null);
      else
        t.is(
          farthest(
            [summary.increment?.mean, summary.increment?.se] as number[],
            [mean(steps), se(steps)],
            1e-14,
          ),
          null,
        );
      const offset = mean(values) - mean(scores(layer, "external"));
      t.is(farthest([summary.relative?.mean as number], [offset], 1e-14), null);
    }
  }
  t.is(result.overlaps.length, (11 * 10) / 2);
  const tau = (a: number[], b: number[]) => {
    let sum = 0;
    for (const i of a.keys())
      for (let j = 0; j < i; j++)
        sum += Math.sign(((a[i] as number) - (a[j] as number)) * ((b[i] as number) - (b[j] as number)));
    return sum / ((a.length * (a.length - 1)) / 2);
  };
  for (const { first, second, k, shared, chance, ...rank } of result.overlaps) {
    t.is(
      farthest([rank.tau as number], [tau(scores(first, "candidate"), scores(second, "candidate"))], 1e-14),
      null,
    );
    t.true((rank.tau_p as number) >= 0 && (rank.tau_p as number) <= 1);
    const top = ranking(first).slice(0, 2);
    t.is(
      shared,
      ranking(second)
        .slice(0, 2)
        .filter((i) => top.includes(i)).length / 2,
    );
    t.deepEqual([k, chance], [2, 0.2]);
  }
});

test.serial("unit activations are means over views and positions; UnitMem tables rest on them", async (t) => {
  const indices = split.indices("candidate").slice(0, 10);
  const f = await loadEncoder(RESNET9, WEIGHTS.f, { imageSize: 16 });
  const g = await loadEncoder(RESNET9, WEIGHTS.g, { imageSize: 16 });
  const rows: LayerRow[] = [];
  const pass = await localizePass({ recipe: RECIPE, store, split, f, g, indices }, (more) =>
    rows.push(...more),
  );
  const maker = new HostViews(store);
  let offset = 0;
  for (const { layer, units, dim } of layerSizes(f, 16).slice(0, -1)) {
    const alone = await loadEncoder(RESNET9, WEIGHTS.f, { imageSize: 16, layer });
    const positions = dim / units;
    for (const [place, index] of indices.entries()) {
      const [views] = await maker.make(Uint32Array.of(index), scoreViews(RECIPE));
      const y = tf.tidy(() => alone.embed(tf.tensor4d((views as HostBatch).data, [4, 16, 16, 3])).dataSync());
      const twin = new Array<number>(units).fill(0);
      for (const [i, value] of y.entries())
        twin[i % units] = (twin[i % units] as number) + value / (4 * positions);
      const ours = pass.f.values.subarray(
        place * pass.f.units + offset,
        place * pass.f.units + offset + units,
      );
      // Sums of `positions` non-negative float32 numbers, and the network's own error with another batch shape.
      t.is(farthest(ours, twin, 1e-6, 2 * positions * 2 ** -24 + 1e-5), null, layer);
    }
    alone.dispose();
    offset += units;
  }
  t.is(offset, pass.f.units);
  f.dispose();
  g.dispose();
});

test.serial("the tables of units: f's best image of a unit, and whether it is a candidate", async (t) => {
  const units = await query(`SELECT * FROM read_parquet(${fileList(at("localize/units.parquet"))})`);
  const images = await query(`SELECT * FROM read_parquet(${fileList(at("localize/unit-images.parquet"))})`);
  const count = result.layers.slice(0, -1).reduce((sum, layer) => sum + layer.units, 0);
  t.is(units.length, 4 * count);
  t.is(images.length, 5 * units.length);
  const [best] = result.top_units;
  const largest = Math.max(
    ...units
      .filter(({ encoder, subset }) => encoder === "f" && subset === "candidate")
      .map((row) => row.unitmem as number),
  );
  t.is(best?.unitmem, largest);
  t.is(split.subset(best?.images[0]?.index as number), "candidate");
  const activations = best?.images.map(({ activation }) => activation) as number[];
  t.deepEqual(
    activations,
    [...activations].sort((a, b) => b - a),
  );
  for (const { layer, encoder, subset, candidate_first } of result.units) {
    const of = (name: string) =>
      units.filter((row) => row.layer === layer && row.encoder === encoder && row.subset === name);
    const external = new Map(of("external").map((row) => [row.unit, row.maximum as number]));
    const wins: number[] = of("candidate").map((row) => {
      const rival = external.get(row.unit as number) as number;
      return row.maximum === rival ? 0.5 : Number((row.maximum as number) > rival);
    });
    const share = wins.reduce((a, b) => a + b) / wins.length;
    t.is(farthest([candidate_first as number], [share], 1e-14), null, `${layer} ${encoder} ${subset}`);
  }
});

test.serial("the images that most units respond to most are those of a loop over the units", async (t) => {
  const read = (name: string) =>
    query(`SELECT * FROM read_parquet(${fileList(at(`localize/${name}.parquet`))})`);
  const units = (await read("units")) as Record<string, unknown>[];
  const owned = new Map<string, { f: number; g: number; unitmem: number }>();
  for (const row of (await read("unit-images")) as Record<string, unknown>[]) {
    if (row.subset !== "candidate" || row.rank !== 1) continue;
    const keys = ["pair", "encoder", "subset", "position", "unit"];
    const unit = units.find((one) => keys.every((key) => one[key] === row[key])) as Record<string, unknown>;
    if (unit.maximum === 0) continue;
    const sum = owned.get(row.id as string) ?? { f: 0, g: 0, unitmem: 0 };
    sum[row.encoder as "f" | "g"]++;
    if (row.encoder === "f") sum.unitmem = Math.max(sum.unitmem, unit.unitmem as number);
    owned.set(row.id as string, sum);
  }
  const expected = [...owned].sort(([, a], [, b]) => b.f - a.f).slice(0, 10);
  t.true(result.top_images.length > 3);
  t.deepEqual(
    result.top_images.map(({ units_f }) => units_f),
    expected.map(([, { f }]) => f).slice(0, result.top_images.length),
  );
  for (const { id, units_f, units_g, unitmem } of result.top_images)
    t.deepEqual([units_f, units_g, unitmem], Object.values(owned.get(id) ?? {}), id);
});

test.serial("less memory means smaller batches, not other numbers", async (t) => {
  const indices = split.indices("candidate");
  const f = await loadEncoder(RESNET9, WEIGHTS.f, { imageSize: 16 });
  const g = await loadEncoder(RESNET9, WEIGHTS.g, { imageSize: 16 });
  const values = layerSizes(f, 16).reduce((sum, { dim }) => sum + dim, 0);
  const rowsWith = async (capturedValues: number | undefined) => {
    const rows: LayerRow[] = [];
    const { batch } = await localizePass(
      { recipe: RECIPE, store, split, f, g, indices, capturedValues },
      (more) => rows.push(...more),
    );
    return { batch, rows };
  };
  const whole = await rowsWith(undefined);
  const small = await rowsWith(2 * 4 * values);
  t.deepEqual([whole.batch, small.batch], [5, 2]);
  t.is(
    farthest(
      small.rows.map(({ sslmem }) => sslmem),
      whole.rows.map(({ sslmem }) => sslmem),
      1e-5,
    ),
    null,
  );
  t.is((await rowsWith(1)).batch, 1);
  const signal = AbortSignal.abort(new Error("stop"));
  await t.throwsAsync(
    localizePass({ recipe: RECIPE, store, split, f, g, indices, signal }, () => t.fail()),
    { message: "stop" },
  );
  f.dispose();
  g.dispose();
});

test.serial("out of memory names the score batch that would fit", async (t) => {
  const [f, g] = [
    await loadEncoder(RESNET9, WEIGHTS.f, { imageSize: 16 }),
    await loadEncoder(RESNET9, WEIGHTS.g, { imageSize: 16 }),
  ];
  const sizes = { asked: 300, held: openedEngine().memory().bytes, free: 120 };
  const cramped: Encoder = {
    ...g,
    visitLayers: (x) => {
      t.is(x.shape[0], 4 * 5); // four views of the five images of a batch
      throw new OutOfMemory("Conv2D", "cpu", sizes, null);
    },
  };
  const indices = split.used().subarray(0, 7);
  const error = await t.throwsAsync(
    localizePass({ recipe: RECIPE, store, split, f, g: cramped, indices }, () => t.fail()),
    { message: /Not enough memory on cpu/ },
  );
  // f folds its filters before g is asked, so that nothing counts as taken by the batch: 60 bytes an image, 120 are free.
  t.like(error, {
    code: "ENGINE",
    hint: "--score-batch 2 should fit (by what 5 images take and what is free)",
  });
  f.dispose();
  g.dispose();
});

test.serial("f = g: every layer scores exactly 0, and the units of both are the same", async (t) => {
  const pairs = [{ f: WEIGHTS.f, g: WEIGHTS.f }];
  const same = await localize({ recipe: RECIPE, store, split, pairs, images: 4, directory: at("same") });
  t.true(same.layers.every(({ subsets }) => subsets.every(({ mean, sd }) => mean === 0 && sd === 0)));
  const of = (encoder: string) =>
    same.units.filter((row) => row.encoder === encoder).map(({ unitmem }) => unitmem);
  t.deepEqual(of("f"), of("g"));
});

test.serial("without a split every image counts as a candidate; two pairs are averaged", async (t) => {
  const pairs = [WEIGHTS, { f: WEIGHTS.g, g: WEIGHTS.f }];
  const both = await localize({
    recipe: RECIPE,
    store,
    split: null,
    pairs,
    images: 6,
    directory: at("both"),
  });
  t.deepEqual(both.images, [{ subset: "candidate", n: 6, of: store.manifest.count }]);
  // Swapping f and g flips the sign exactly, so the average over these two pairs is 0.
  t.true(both.layers.every(({ subsets }) => subsets.every(({ mean }) => mean === 0)));
  t.true(both.units.every(({ candidate_first }) => candidate_first === null));
  await t.throwsAsync(
    localize({ recipe: RECIPE, store, split: null, pairs, images: 1, directory: at("one") }),
    {
      message: /at least 2 images/,
    },
  );
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { analyze, writeAnalysis } from "../../src/analyze/index.js";
import { resolveSettings } from "../../src/config/resolve.js";
import {
  buildManifest,
  LISTING_SCHEMA,
  Manifest,
  makeSplit,
  openSource,
  openStore,
  Split,
} from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { writeJson } from "../../src/files/index.js";
import { localize } from "../../src/localize/index.js";
import { exportWeights, initialWeights, writeSafetensors } from "../../src/nn/index.js";
import { describeSession, recordSession } from "../../src/run/environment.js";
import { type RunPaths, runPaths } from "../../src/run/paths.js";
import { writeRecord } from "../../src/run/record.js";
import { type ScoreRecipe, scorePair } from "../../src/score/index.js";
import { entriesOf, readImage } from "../data/reading.js";
import { networkNamed } from "../networks.js";
import { temporaryDirectory } from "../train/helpers.js";
import { complete } from "./complete.js";

/** A name that would run as a script, or break out of an attribute, if a page took it as it is. */
export const evil = (i: number): string =>
  `"><img src=x onerror=alert(${i})><script>alert(${i})<’script> & 'q' ${i}.png`;
export const CLASSES = ["<b>cat", 'dog & "co"'] as const;
export const VIEWS = 4;
const SIDE = 16;

export interface FixtureOptions {
  images?: number;
  views?: number;
}

/**
 * A scored and analysed run of real images under two encoders with random weights: everything but the training, in a few
 * seconds. Every file's and class's name is hostile; one file is no image.
 */
export async function fixtureRun({ images = 60, views = VIEWS }: FixtureOptions = {}): Promise<RunPaths> {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const data = join(temporaryDirectory(), "my <images>");
  await drawImages(data, images);
  const paths = runPaths(join(temporaryDirectory(), "run"));
  mkdirSync(paths.scores, { recursive: true });
  const source = await openSource(data);
  const listing = await source.list();
  const manifest = await buildManifest(source, { listing });
  await manifest.write(paths.manifest);
  const skipped = manifest.facts.skipped.length;
  await writeJson(paths.listing, { schema: LISTING_SCHEMA, taken: listing.taken, skipped });
  const shares = { shared: 0.4, candidate: 0.25, independent: 0.25, external: 0.1 };
  const options = { seed: 0, scheme: "random", limit: null, stratify: true, ...shares };
  const all = Array.from({ length: manifest.count }, (_, index) => index);
  const split = makeSplit(manifest, options, new Set(all.filter((index) => manifest.read.row(index) < 0)));
  await split.write(paths.split, manifest);
  const { parameters } = networkNamed("resnet9");
  for (const [i, role] of (["f", "g"] as const).entries()) {
    mkdirSync(paths.encoder(role, 0));
    await writeSafetensors(weightsOf(paths, role), exportWeights(parameters, initialWeights(parameters, i)));
    writeFileSync(join(paths.encoder(role, 0), "metrics.jsonl"), metrics(role));
  }
  const recipe: ScoreRecipe = {
    architecture: "resnet9",
    layer: null,
    pooling: "pooled",
    policy: "simclr",
    imageSize: SIDE,
    views,
    distance: "l2",
    scheme: "pairs",
    normalize: true,
    seed: 7,
    batch: 5,
  };
  const { parts } = await scorePair({
    recipe,
    store: { manifest, data, packPath: null },
    split,
    f: weightsOf(paths, "f"),
    g: weightsOf(paths, "g"),
    pair: 0,
    directory: paths.scores,
    parts: 3,
    shard: null,
    workers: 1,
    keepViews: false,
    engine: { engine: "tensorflow", device: "cpu" },
  });
  const knn = (["f", "g"] as const).map((encoder) => ({ encoder, pair: 0, k: 4, accuracy: 0.5, n: 6 }));
  const analysis = await analyze({ parts, outlierIds: null, knn, skipped: manifest.facts.skipped });
  await writeAnalysis(paths.analysis, complete(analysis));
  await locate(paths, recipe, data);
  const flags = new Map([
    ["data", data],
    ["views", String(views)],
    ["imageSize", String(SIDE)],
    ["arch", "resnet9"],
  ] as const);
  await writeRecord(paths.config, resolveSettings({ flags }));
  const session = await describeSession(`sslmem audit "${data}" --arch resnet9`);
  session.ended = { at: session.started, exit: 3, message: `Expected images in ${data}.`, hint: null };
  await recordSession(paths.environment, session);
  return paths;
}

export const weightsOf = (paths: RunPaths, role: "f" | "g"): string =>
  join(paths.encoder(role, 0), "weights.safetensors");

/** localize.json, by the program's own pass over some of the images. */
async function locate(paths: RunPaths, recipe: ScoreRecipe, data: string): Promise<void> {
  const manifest = await Manifest.read(paths.manifest);
  const store = await openStore({ manifest, data, packPath: null });
  const pairs = [{ f: weightsOf(paths, "f"), g: weightsOf(paths, "g") }];
  const split = await Split.read(paths.split, store.manifest);
  const options = { recipe, store, split, pairs, images: 5, directory: paths.localizeTables };
  await writeJson(paths.localize, await localize(options));
  await store.close();
}

async function drawImages(data: string, images: number): Promise<void> {
  const drawn = await openSource(`synthetic:count=${images},test=0,size=${SIDE},seed=5`);
  for (const [i, entry] of (await entriesOf(drawn)).entries()) {
    const { pixels, width, height } = await readImage(drawn, entry);
    const folder = join(data, CLASSES[i % 2] as string);
    mkdirSync(folder, { recursive: true });
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, evil(i)));
  }
  writeFileSync(join(data, CLASSES[0], `broken ${evil(0)}`), "no image");
}

/** More lines than the report draws, and one that an interruption cut short. */
function metrics(role: "f" | "g"): string {
  const lines = Array.from({ length: 450 }, (_, i) =>
    JSON.stringify({
      schema: "sslmem/metrics@2",
      step: 10 * (i + 1),
      epoch: i / 10,
      loss: 5 / (1 + i / 50) + (role === "g" ? 0.1 : 0),
      metrics: { accuracy: i / 500 },
      learningRate: 0.1,
      imagesPerSecond: 100,
      seconds: i,
    }),
  );
  return `${lines.join("\n")}\n{"schema":"sslmem/metr`;
}

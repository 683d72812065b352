import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import sharp from "sharp";
import { type Analysis, analyze, writeAnalysis } from "../../src/analyze/index.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { buildManifest, openSource } from "../../src/data/index.js";
import { writeReport } from "../../src/report/index.js";
import { type RunPaths, runPaths } from "../../src/run/paths.js";
import { writeRecord } from "../../src/run/record.js";
import { literal, query } from "../../src/tables/index.js";
import { temporaryDirectory } from "../train/helpers.js";
import { complete } from "./complete.js";

const PAIRS = 30;
const CLASSES = 5000;
const IMAGES = 400;
const VIEWS = 6;
const MOST = 5_000_000;

/** A run of noise, whose pictures take all the room that they get, under 30 pairs. */
async function largeRun(): Promise<{ paths: RunPaths; analysis: Analysis }> {
  const data = join(temporaryDirectory(), "noise");
  mkdirSync(data);
  let state = 1;
  const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  const image = await sharp(pixels, { raw: { width: 224, height: 224, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  for (let i = 0; i < IMAGES; i++) writeFileSync(join(data, `${String(i).padStart(4, "0")}.png`), image);
  const paths = runPaths(join(temporaryDirectory(), "run"));
  mkdirSync(paths.root);
  await (await buildManifest(await openSource(data))).write(paths.manifest);
  await writeRecord(paths.config, resolveSettings({ flags: new Map([["data", data]] as const) }));
  const parts: string[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    parts.push(await scores(paths, pair));
    for (const encoder of ["f", "g"] as const) {
      mkdirSync(paths.encoder(encoder, pair), { recursive: true });
      writeFileSync(join(paths.encoder(encoder, pair), "metrics.jsonl"), metrics());
    }
  }
  const analysis = complete(await analyze({ parts, outlierIds: null, knn: [], skipped: [] }));
  return { paths, analysis };
}

async function scores(paths: RunPaths, pair: number): Promise<string> {
  mkdirSync(paths.pairScores(pair), { recursive: true });
  const part = join(paths.pairScores(pair), "part-00000-of-00001.parquet");
  const drawn = (salt: number) => `(hash(i * 100 + ${salt + pair}) % 1000003) / 1000003`;
  const configuration = JSON.stringify({
    policy: "simclr",
    imageSize: 224,
    views: VIEWS,
    scheme: "pairs",
    seed: 0,
  });
  await query(
    `COPY (SELECT i AS index, lpad(i::VARCHAR, 4, '0') || '.png' AS id, ['shared', 'candidate', 'independent', 'external'][1 + i % 4] AS subset,
       NULL::INTEGER AS label, lf, lg, 0.01 AS lf_se, 0.01 AS lg_se, lg - lf AS memorization, 0.01 AS memorization_se,
       (lg - lf) / (lg + lf) AS sslmem, 0.02 AS se, ${pair} AS pair
       FROM (SELECT i, 0.2 + 0.2 * ${drawn(0)} AS lf, 0.2 + 0.2 * ${drawn(50)} AS lg FROM range(${IMAGES}) r(i)))
     TO ${literal(part)} (FORMAT parquet, KV_METADATA {configuration: ${literal(configuration)}})`,
  );
  return part;
}

const metrics = (): string =>
  Array.from({ length: 450 }, (_, i) =>
    JSON.stringify({
      step: 10 * (i + 1),
      epoch: i / 10,
      loss: 5.123456789 / (1 + i / 50),
      metrics: { accuracy: i / 500.7 },
      learningRate: 0.1,
      imagesPerSecond: 100,
    }),
  ).join("\n");

/** Thousands of classes and of files that could not be read, with names as long as a file system lets them be. */
function swollen(analysis: Analysis): Analysis {
  const [slice] = analysis.slices?.slices ?? [];
  if (analysis.slices === null || slice === undefined) throw new Error("no slices");
  const long = (i: number) => `${"a folder/".repeat(400)}${i}.png`;
  const p = (i: number) => (i === 4321 ? 1e-9 : 0.5 + i / CLASSES / 2);
  return {
    ...analysis,
    slices: {
      ...analysis.slices,
      slices: Array.from({ length: CLASSES }, (_, i) => ({
        ...slice,
        by: "class",
        name: `class number ${i}`,
        key: `class=${i}`,
        contrast: { value: 0.0123456789, low: -0.123456789, high: 0.123456789 },
        p_two_sided: p(i),
      })),
    },
    knn: Array.from({ length: 2 * PAIRS }, (_, i) => ({
      encoder: i % 2 === 0 ? "f" : "g",
      pair: Math.floor(i / 2),
      k: 20,
      accuracy: i / 61,
      n: 100,
    })) as Analysis["knn"],
    skipped: Array.from({ length: 20_000 }, (_, i) => ({ id: long(i), reason: `${long(i)} is no image` })),
  };
}

test("5,000 classes, 30 pairs, unreadable files and pictures of noise: below 5 MB, with pictures", async (t) => {
  t.timeout(300_000);
  const { paths, analysis } = await largeRun();
  await writeAnalysis(paths.analysis, swollen(analysis));
  const { bytes, report } = await writeReport(paths.root);
  t.log(`${(bytes / 1e6).toFixed(2)} MB`);
  t.true(bytes < MOST, `${bytes}`);
  t.true(report.images.pictures, report.images.reason ?? "");
  const page = readFileSync(paths.report, "utf8");
  const pictures = page.match(/data:image\/webp/g)?.length ?? 0;
  t.true(pictures >= 20 * (2 + VIEWS), `${pictures} pictures`);
  t.true(page.includes("100 of 5\u202f000 shown; report.json has all"));
  t.true(page.includes("class number 4321"), "the slice with the smallest p is among them");
  t.regex(page, /13 of 450 lines/);
  t.is(report.analysis.slices?.slices.length, CLASSES);
  t.is(report.training.length, 2 * PAIRS);
  t.true(report.training.every(({ points }) => points.at(-1)?.step === 4500));
  const words = (await writeReport(paths.root, { images: false })).bytes;
  t.log(`${(words / 1e6).toFixed(2)} MB without pictures`);
  // The pictures' budgets leave 5 MB minus 3.2 MB minus 0.6 MB.
  t.true(words < 1_200_000, `${words} bytes without pictures`);

  // The error of an image's score has the pairs in it, and says so.
  t.true(page.includes("score ± standard error over views and pairs"));
  for (const i of [0, 1]) t.true(page.includes(`data-from="/analysis/most_memorized/${i}/error"`), `${i}`);
  const [first] = report.analysis.most_memorized;
  t.true(
    (first?.error as number) > 2 * (first?.se as number),
    `${first?.error}, ${first?.se} over views alone`,
  );

  // Where the words leave less room, pictures are smaller; none is dropped.
  await writeAnalysis(paths.analysis, { ...analysis, warnings: ["many words ".repeat(150_000)] });
  const wordy = await writeReport(paths.root);
  t.log(`${(wordy.bytes / 1e6).toFixed(2)} MB with many words`);
  t.true(wordy.bytes < MOST && wordy.bytes > 3_500_000, `${wordy.bytes}`);
  t.true(wordy.report.images.pictures);
  t.is(readFileSync(paths.report, "utf8").match(/data:image\/webp/g)?.length, pictures);
});

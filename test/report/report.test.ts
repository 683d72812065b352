import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "ava";
import sharp from "sharp";
import { compareRankings } from "../../src/analyze/compare-rankings.js";
import { viewBytes } from "../../src/augment/index.js";
import { Manifest, openSource } from "../../src/data/index.js";
import * as tf from "../../src/engine/tf.js";
import { alignment, applyViews, createPack } from "../../src/native/index.js";
import { getArchitecture, loadEncoder } from "../../src/nn/index.js";
import {
  type Comparison,
  comparisonSchema,
  type Report,
  reportSchema,
  writeComparison,
  writeReport,
} from "../../src/report/index.js";
import type { Run } from "../../src/run/open-run.js";
import type { RunPaths } from "../../src/run/paths.js";
import { refreshReport } from "../../src/steps/report.js";
import { stepContext } from "../../src/steps/step-context.js";
import { fileList, query } from "../../src/tables/index.js";
import { writeCheckpoint } from "../../src/train/checkpoint.js";
import { readImage } from "../data/reading.js";
import { faultsByPublished } from "../published-schema.js";
import { temporaryDirectory } from "../train/helpers.js";
import { fixtureRun, VIEWS, weightsOf } from "./fixture.js";

let paths: RunPaths;
let report: Report;
let page: string;
const parts = () => [0, 1, 2].map((part) => join(paths.scores, `part-0000${part}-of-00003.parquet`));

test.before(async () => {
  paths = await fixtureRun();
  await writeReport(paths.root);
  report = JSON.parse(readFileSync(paths.reportJson, "utf8"));
  page = readFileSync(paths.report, "utf8");
});

test("report.json is what its schema says", (t) => {
  t.notThrows(() => reportSchema.parse(report));
  t.false(reportSchema.safeParse({ ...report, training: [{ pair: 0 }] }).success);
  t.false(reportSchema.safeParse({ ...report, schema: "sslmem/report@0" }).success);
  t.is(faultsByPublished("report@1", report), null);
  t.regex(faultsByPublished("report@1", { ...report, finding: undefined }) ?? "", /finding/);
});

test("the figures are those of the score parts, recomputed by SQL of its own", async (t) => {
  const rows = await query(
    `SELECT subset, count(*)::DOUBLE AS n, sum(sslmem) / count(*) AS mean,
       sqrt((sum(sslmem * sslmem) - sum(sslmem) * sum(sslmem) / count(*)) / (count(*) - 1)) AS sd,
       sum(lg - lf) / count(*) AS raw FROM read_parquet(${fileList(parts())}) GROUP BY subset`,
  );
  t.is(rows.length, 4);
  const external = rows.find(({ subset }) => subset === "external") as Record<string, number>;
  for (const row of rows as unknown as {
    subset: string;
    n: number;
    mean: number;
    sd: number;
    raw: number;
  }[]) {
    const found = report.analysis.subsets.find(({ subset }) => subset === row.subset);
    t.is(found?.n, row.n, row.subset);
    // Sums of some dozens of float64 values below 1, in another order.
    const near = (a: number | null | undefined, b: number, what: string) =>
      t.true(Math.abs((a ?? Number.NaN) - b) < 1e-12, `${row.subset} ${what}: ${a}, expected ${b}`);
    near(found?.mean, row.mean, "mean");
    near(found?.sd, row.sd, "sd");
    near(found?.memorization.mean, row.raw, "raw");
    near(found?.relative.mean, row.mean - (external.mean as number), "relative");
  }
  const [auc] = await query(
    `SELECT avg(CASE WHEN a.sslmem > b.sslmem THEN 1 WHEN a.sslmem = b.sslmem THEN 0.5 ELSE 0 END) AS auc
     FROM read_parquet(${fileList(parts())}) a, read_parquet(${fileList(parts())}) b
     WHERE a.subset = 'candidate' AND b.subset = 'external'`,
  );
  t.true(Math.abs((report.analysis.membership_auc as number) - (auc?.auc as number)) < 1e-12);
  const top = await query(
    `SELECT id, lf, lg, (lg - lf) / (lg + lf) AS score FROM read_parquet(${fileList(parts())})
     WHERE subset = 'candidate' ORDER BY score DESC LIMIT 10`,
  );
  t.deepEqual(
    report.images.most.map(({ id }) => id),
    top.map(({ id }) => id as string),
  );
  t.deepEqual(
    report.images.most.map(({ lf, lg }) => [lf, lg]),
    top.map(({ lf, lg }) => [lf as number, lg as number]),
  );
});

test("the distributions count every image once, in the right bin", async (t) => {
  const { width, from, subsets } = report.distributions;
  for (const { subset, counts } of subsets) {
    const rows = await query(
      `SELECT floor(sslmem / $2) AS bin, count(*)::DOUBLE AS n FROM read_parquet(${fileList(parts())})
       WHERE subset = $1 GROUP BY bin`,
      [subset, width],
    );
    const expected = counts.map(
      (_, i) => rows.find(({ bin }) => bin === Math.round(from / width) + i)?.n ?? 0,
    );
    t.deepEqual(counts, expected, subset);
    const n = report.analysis.subsets.find((one) => one.subset === subset)?.n as number;
    t.is(
      counts.reduce((sum, one) => sum + one, 0),
      n,
    );
  }
  t.true(
    subsets.length === 4 && (subsets[0]?.counts.length ?? 0) > 5 && (subsets[0]?.counts.length ?? 0) <= 41,
  );
});

test("the views on the page are those that were scored: their operations give the stored losses again", async (t) => {
  const manifest = await Manifest.read(paths.manifest);
  const source = await openSource(manifest.facts.spec);
  const f = await loadEncoder(getArchitecture("resnet9"), weightsOf(paths, "f"), { imageSize: 16 });
  for (const shown of [...report.images.most, ...report.images.least]) {
    const { pixels, width, height } = await readImage(source, manifest.entry(shown.index));
    const ops = shown.views ?? [];
    t.is(ops.length, VIEWS);
    const out = new Float32Array(VIEWS * 16 * 16 * 3);
    const pack = createPack(pixels, Uint32Array.of(height), Uint32Array.of(width));
    await applyViews(ops, pack, new Uint32Array(VIEWS), out);
    const values = tf.tidy(() => f.embed(tf.tensor4d(out, [VIEWS, 16, 16, 3])).dataSync() as Float32Array);
    const { loss } = await alignment(values, 1, VIEWS, f.dim, {
      distance: "l2",
      scheme: "pairs",
      normalize: true,
      keepPairs: false,
    });
    // float32 kernels at another batch shape: some hundred roundings of 2^-24 in a distance of about 0.3.
    t.true(Math.abs((loss[0] as number) - shown.lf) < 1e-4 * shown.lf, `${loss[0]}, stored ${shown.lf}`);
    for (const [view, list] of ops.entries()) {
      const bytes = viewBytes(out.subarray(view * 768, (view + 1) * 768), list);
      const uri = new RegExp(
        `src="data:image/webp;base64,([^"]+)" alt="View ${view + 1} of ${escaped(shown.id)}"`,
      ).exec(page);
      const decoded = await sharp(Buffer.from(uri?.[1] ?? "", "base64"))
        .removeAlpha()
        .raw()
        .toBuffer();
      t.deepEqual(new Uint8Array(decoded), bytes, `view ${view} of ${shown.id}`);
    }
  }
});

/** An id as the page has it, for a regular expression. */
function escaped(id: string): string {
  const entities = id
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
  return entities.replace(/[()[\]{}.*+?^$|\\/]/g, "\\$&");
}

test("the curves are thinned and say so; a line that was cut short is left out", (t) => {
  t.deepEqual(
    report.training.map(({ encoder, points, of }) => [encoder, points.length, of]),
    [
      ["f", 200, 450],
      ["g", 200, 450],
    ],
  );
  t.is(report.training[0]?.points[0]?.step, 10);
  t.is(report.training[0]?.points.at(-1)?.step, 4500);
  t.regex(page, /200 of 450 lines/);
});

test("localize.json is in report.json and on the page, with every layer, and the images of the top units", async (t) => {
  const located = JSON.parse(readFileSync(paths.localize, "utf8"));
  t.deepEqual(report.localization, located);
  t.true(located.top_units.length > 0);
  const section = page.slice(
    page.indexOf('<section id="layers">'),
    page.indexOf('<section id="duplicates">'),
  );
  for (const { layer } of located.layers) {
    t.true(section.includes(`<th scope="row">${layer}</th>`), `${layer} in a table`);
    t.true(section.includes(`>${layer}</text>`), `${layer} in a plot`);
  }
  const manifest = await Manifest.read(paths.manifest);
  const source = await openSource(manifest.facts.spec);
  for (const { index, id } of located.top_units[0].images) {
    const name = `alt=""><data [^>]*>[^<]*</data> <bdi class="id">${escaped(id)}</bdi>`;
    const uri = new RegExp(`src="data:image/webp;base64,([^"]+)" ${name}`).exec(section);
    const shown = await sharp(Buffer.from(uri?.[1] ?? "", "base64"))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { pixels, width, height } = await readImage(source, manifest.entry(index));
    t.deepEqual([shown.info.width, shown.info.height], [width, height]);
    // Lossy at 16 × 16 pixels: the picture is that image's if no other image is nearer.
    const distance = (other: Uint8Array) =>
      other.reduce((sum, value, i) => sum + Math.abs(value - (shown.data[i] as number)), 0);
    const own = distance(pixels);
    for (const [other, entry] of [...manifest.images].entries())
      if (other !== index && manifest.read.row(other) >= 0)
        t.true(distance((await readImage(source, entry)).pixels) > own, entry.id);
  }
});

test("the page has the paired tests, and an interval wherever report.json has one", (t) => {
  const shown = (pointer: string) => t.true(page.includes(`data-from="/analysis/${pointer}"`), pointer);
  for (const [i, { quantiles, above, above_relative }] of report.analysis.subsets.entries()) {
    for (const name of ["paired/t", "paired/p_greater", "paired/d_z/value", "paired/d_z/low"])
      shown(`subsets/${i}/${name}`);
    shown(`subsets/${i}/sd_interval/low`);
    for (const [name, list] of Object.entries({ quantiles, above, above_relative })) {
      t.true(list.length > 1, name);
      for (const row of list.keys())
        for (const end of ["value", "low", "high"]) shown(`subsets/${i}/${name}/${row}/${end}`);
    }
  }
  for (const i of report.analysis.comparisons.keys())
    for (const end of ["value", "low", "high"]) shown(`comparisons/${i}/difference/${end}`);
  for (const list of ["most_memorized", "least_memorized"] as const)
    for (const i of report.analysis[list].keys())
      for (const end of ["relative", "relative_low", "relative_high", "low", "high"])
        shown(`${list}/${i}/${end}`);
});

test("near-duplicates are shown", (t) => {
  const section = page.slice(page.indexOf('<section id="duplicates">'), page.indexOf('<section id="data">'));
  const listed = report.analysis.near_duplicates?.listed.length as number;
  t.is(section.match(/<img class="thumbnail" src="data:image\/webp/g)?.length, 2 * listed);
});

test("no folder of this machine is in the report", (t) => {
  t.false(page.includes(dirname(paths.root)));
  t.is(report.data, "my <images>");
  t.false(JSON.stringify(report).includes(dirname(dirname(paths.root))));
});

test.serial(
  "without pictures, on request or since the images are gone, the page says so and has all figures",
  async (t) => {
    const without = await writeReport(paths.root, { images: false });
    const text = readFileSync(without.html, "utf8");
    t.false(text.includes("data:image"));
    t.regex(text, /Without pictures: this report was written without them/);
    t.deepEqual(without.report.analysis, report.analysis);
    // What is added to the run later does not bring the pictures back.
    const run = { paths } as Run;
    t.true(await refreshReport(stepContext(run)));
    t.false(readFileSync(without.html, "utf8").includes("data:image"));
    const { spec } = (await Manifest.read(paths.manifest)).facts;
    renameSync(spec, `${spec} moved`);
    const gone = await writeReport(paths.root);
    t.false(gone.report.images.pictures);
    t.regex(gone.report.images.reason ?? "", /cannot be read/);
    renameSync(`${spec} moved`, spec);
    const again = await writeReport(paths.root);
    t.is(
      readFileSync(again.html, "utf8").replaceAll(again.report.written, ""),
      page.replaceAll(report.written, ""),
    );
  },
);

test.serial(
  "a run without analysis, and one without parts, are data errors that say what to do",
  async (t) => {
    const kept = readFileSync(paths.analysis);
    rmSync(paths.analysis);
    await t.throwsAsync(writeReport(paths.root), { code: "DATA", message: /no analysis.json/ });
    writeFileSync(paths.analysis, kept);
    renameSync(paths.scores, `${paths.scores}-moved`);
    await t.throwsAsync(writeReport(paths.root), { code: "DATA", message: /score parts/ });
    renameSync(`${paths.scores}-moved`, paths.scores);
  },
);

test("two runs in one page: matched by id, compared with chance", async (t) => {
  const other = await fixtureRun({ views: 3 });
  const {
    report: comparison,
    html,
    json,
  } = await writeComparison(paths.root, other.root, join(other.root, "c.html"));
  const written = JSON.parse(readFileSync(json, "utf8"));
  t.notThrows(() => comparisonSchema.parse(written));
  t.is(faultsByPublished("report-comparison@1", written), null);
  t.regex(
    faultsByPublished("report-comparison@1", { ...written, schema: "sslmem/report@1" }) ?? "",
    /schema must be/,
  );
  t.true(existsSync(html));
  const candidates = report.analysis.subsets.find(({ subset }) => subset === "candidate")?.n;
  const agreement = comparison.agreement as NonNullable<Comparison["agreement"]>;
  t.is(agreement.n, candidates as number);
  t.true(
    comparison.differing.some(
      ({ setting, first, second }) => setting === "views" && first === 4 && second === 3,
    ),
  );
  const read = (run: RunPaths) =>
    query(`SELECT id, sslmem AS s FROM read_parquet(${fileList(join(run.scores, "part-*.parquet")).replaceAll("[*]", "*")})
      WHERE subset = 'candidate' ORDER BY id`) as Promise<{ id: string; s: number }[]>;
  const [a, b] = [await read(paths), await read(other)];
  const ranks = (list: { s: number }[]) => list.map(({ s }) => list.filter((one) => one.s < s).length);
  const [ra, rb] = [ranks(a), ranks(b)];
  const n = a.length;
  // Without ties: 1 − 6 Σ d² / (n (n² − 1)).
  const squares = ra.reduce((sum, r, i) => sum + (r - (rb[i] as number)) ** 2, 0);
  t.true(Math.abs((agreement.spearman.rho as number) - (1 - (6 * squares) / (n * (n * n - 1)))) < 1e-12);
  let signs = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      signs += Math.sign(((ra[i] as number) - (ra[j] as number)) * ((rb[i] as number) - (rb[j] as number)));
  t.true(Math.abs((agreement.kendall.tau_b as number) - (2 * signs) / (n * (n - 1))) < 1e-12);
  t.true(agreement.top.length > 1);
  for (const { k, common, chance } of agreement.top) {
    const both = ra.filter((r, i) => r >= n - k && (rb[i] as number) >= n - k).length;
    t.is(common, both, `k = ${k}`);
    t.is(chance, k / n);
  }
  // Every figure is the one of `sslmem compare`, and is on the page.
  const inputs = [paths, other].map((run) => ({
    name: run.root,
    pair: null,
    parts: [0, 1, 2].map((part) => join(run.scores, `part-0000${part}-of-00003.parquet`)),
  }));
  const options = { inputs, top: null, persistence: 0.98, score: "sslmem", subset: "candidate" };
  t.like((await compareRankings(options)).pairs[0], { ...agreement });
  const text = readFileSync(html, "utf8");
  for (const figure of [
    "kendall/tau_b",
    "kendall/p_two_sided",
    "rank_biased_overlap/value",
    "top/0/p_chance",
  ])
    t.true(text.includes(`data-from="/agreement/${figure}"`), figure);
});

test("which network was scored, and an encoder that has collapsed, stand on the first screen", async (t) => {
  const root = join(temporaryDirectory(), "run");
  cpSync(paths.root, root, { recursive: true });
  t.deepEqual([report.collapsed, report.network], [[], null]);
  const line = (step: number, spread: number) =>
    JSON.stringify({ step, epoch: 100, loss: 1, metrics: { spread }, learningRate: 0.1, imagesPerSecond: 1 });
  const lines = [0.01, 0.01, 0.01].map((spread, i) => line(10 * i + 10, spread));
  writeFileSync(join(root, "f", "metrics.jsonl"), `${lines.join("\n")}\n`);
  const [one, none] = [new Map([["a", { shape: [1], data: Float32Array.of(1) }]]), new Map()];
  const state = new Map([["state.teacher.a", { shape: [1], data: Float32Array.of(2) }]]);
  const arrays = { encoder: one, head: none, state, optimizer: none };
  const point = { step: 30, seconds: 1, configuration: "{}", exports: "state.teacher.", arrays };
  await writeCheckpoint(join(root, "f"), point, "all");
  const written = await writeReport(root, { images: false });
  t.deepEqual(written.report.network, { chosen: "auto", network: "average", arrays: "state.teacher." });
  t.regex(written.report.collapsed?.join() ?? "", /^f: At step 30 .* collapsed\.$/);
  const html = readFileSync(written.html, "utf8");
  t.regex(html, /scored: the moving average under state\.teacher\., as the method declares/);
  t.regex(html, /<p class="warning">f: At step 30 [^<]*0\.010[^<]*<\/p>/);
});

import { join } from "node:path";
import test from "ava";
import { type Analysis, analysisSchema, analyze, formatAnalysis } from "../../src/analyze/index.js";
import { readParquet, writeParquet } from "../../src/tables/index.js";
import { farthest } from "../close.js";
import { temporaryDirectory } from "../train/helpers.js";
import { momentsOf, normals, type Row, writePart } from "./helpers.js";

const root = temporaryDirectory();
const OPTIONS = { outlierIds: null, knn: [], skipped: [] };
const normal = normals(1);
const draw = (n: number, mean: number, sd: number) => Array.from({ length: n }, () => mean + sd * normal());
const rowsOf = (subset: string, values: readonly number[], more: Partial<Row> = {}): Row[] =>
  values.map((sslmem) => ({ subset, sslmem, ...more }));
const of = (analysis: Analysis, name: string) =>
  analysis.subsets.find(({ subset }) => subset === name) as Analysis["subsets"][number];

test("an analysis fits its published schema, explains every null and survives JSON", async (t) => {
  const rows = [...rowsOf("candidate", draw(40, 0.1, 0.05)), ...rowsOf("external", draw(30, 0, 0.05))];
  const analysis = await analyze({
    ...OPTIONS,
    parts: [await writePart(join(root, "schema.parquet"), rows)],
  });
  t.deepEqual(analysisSchema.parse(JSON.parse(JSON.stringify(analysis))), analysis);
  const nulls: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (value === null) nulls.push(path);
    else if (typeof value === "object")
      for (const [key, inner] of Object.entries(value as object))
        visit(inner, path === "" ? key : `${path}.${key}`);
  };
  visit({ ...analysis, why: {} }, "");
  t.true(nulls.length > 0);
  t.deepEqual(Object.keys(analysis.why).sort(), nulls.sort());
  t.false(/NaN|undefined|Infinity/.test(formatAnalysis(analysis)));
});

test("the same parts and seed give the same analysis, another seed other intervals", async (t) => {
  const rows = [...rowsOf("candidate", draw(40, 0.1, 0.05)), ...rowsOf("external", draw(30, 0, 0.05))];
  const parts = [await writePart(join(root, "seeded.parquet"), rows)];
  const first = await analyze({ ...OPTIONS, parts });
  t.deepEqual(await analyze({ ...OPTIONS, parts }), first);
  const other = await analyze({ ...OPTIONS, parts, seed: 1 });
  t.is(other.headline.relative.value, first.headline.relative.value);
  t.not(other.headline.relative.low, first.headline.relative.low);
});

test("one subset alone, and a single image, are analysed without figures that they cannot give", async (t) => {
  for (const values of [[0.1], [0.1, 0.2, 0.2]]) {
    const parts = [await writePart(join(root, `few-${values.length}.parquet`), rowsOf("candidate", values))];
    const analysis = await analyze({ ...OPTIONS, parts });
    analysisSchema.parse(analysis);
    t.is(analysis.headline.verdict, "no-external");
    t.deepEqual([analysis.membership, analysis.comparisons], [[], []]);
    t.false(/NaN|undefined|Infinity/.test(formatAnalysis(analysis)));
  }
});

test("the headline is the relative figure: an offset of the pair alone is not memorisation", async (t) => {
  const rows = [...rowsOf("candidate", draw(300, 0.3, 0.05)), ...rowsOf("external", draw(300, 0.3, 0.05))];
  const offset = await analyze({ ...OPTIONS, parts: [await writePart(join(root, "offset.parquet"), rows)] });
  t.is(offset.headline.verdict, "not-told-apart");
  t.true((offset.headline.raw.low as number) > 0.25);
  t.true((offset.headline.relative.low as number) < 0 && (offset.headline.relative.high as number) > 0);
  t.true(offset.warnings.some((line) => /offset is larger/.test(line)));
  // 0 is 6 standard deviations off, for both subsets: above 0 all, above the external mean few, at the rate of 5 %.
  t.is(of(offset, "candidate").discoveries.above_zero.n, 300);
  t.true(of(offset, "candidate").discoveries.beyond_external.n <= 2);
});

test("points above zero: a planted group is found, and those of no effect hardly", async (t) => {
  // 100 points at 8 errors, 400 at 0; errors 0.01, ten views, so Student's t with 9 degrees of freedom.
  const values = [...draw(100, 0.08, 0.01), ...draw(400, 0, 0.01)];
  const metadata = { configuration: JSON.stringify({ views: 10, scheme: "pairs", distance: "l2" }) };
  const rows = [...rowsOf("candidate", values), ...rowsOf("external", draw(1000, 0, 0.01))];
  const analysis = await analyze({
    ...OPTIONS,
    parts: [await writePart(join(root, "planted.parquet"), rows, { metadata })],
  });
  t.deepEqual(analysis.views, { k: 10, scheme: "pairs", distance: "l2" });
  const { above_zero, above_external_mean, beyond_external } = of(analysis, "candidate").discoveries;
  for (const [name, found] of Object.entries({ above_zero, above_external_mean, beyond_external })) {
    t.true(found.n >= 95 && found.n <= 115, `${name}: ${found.n}`);
    t.is(found.share, found.n / 500);
  }
  t.true(of(analysis, "external").discoveries.above_zero.n <= 3);
  const [top] = analysis.most_memorized;
  // t(0.975, 9) = 2.2622
  t.is(farthest([(top?.high as number) - (top?.low as number)], [2 * 2.2622 * 0.01], 1e-6), null);
});

test("several pairs: intervals of means have both levels, and points the residual spread", async (t) => {
  const shifts = [0.05, -0.05, 0.02];
  const base = [...draw(60, 0.1, 0.05), ...draw(60, 0, 0.05)];
  const parts: string[] = [];
  const tables: number[][] = [];
  for (const [pair, shift] of shifts.entries()) {
    const values = base.map((value, i) => value + (i < 60 ? shift : 0) + 0.01 * normal());
    tables.push(values);
    const rows = values.map((sslmem, i) => ({ subset: i < 60 ? "candidate" : "external", sslmem }));
    parts.push(await writePart(join(root, `level-${pair}.parquet`), rows, { pair }));
  }
  const path = join(root, "level-points.parquet");
  const analysis = await analyze({ ...OPTIONS, parts, points: path });
  t.is(analysis.intervals.of_means, "points-and-pairs");
  const { value, low, high } = analysis.headline.relative;
  const byPair = tables.map(
    (values) => momentsOf(values.slice(0, 60)).mean - momentsOf(values.slice(60)).mean,
  );
  t.is(farthest([value as number], [momentsOf(byPair).mean], 1e-12), null);
  t.is(
    farthest(
      analysis.by_pair.map(({ subsets }) => subsets[0]?.relative as number),
      byPair,
      1e-12,
    ),
    null,
  );
  // The spread of the pairs rules: 0.051 / √3 with two degrees of freedom and a little from the points.
  const width = (2 * 4.303 * momentsOf(byPair).sd) / Math.sqrt(3);
  const found = (high as number) - (low as number);
  t.true(found > 0.7 * width && found < 1.2 * width, `${found} ${width}`);
  // Pooled residual variance over pairs 0.01² / 3, and the views' 0.01² / 3.
  const [top] = analysis.most_memorized;
  t.true(Math.abs((top?.error as number) / (0.01 * Math.sqrt(2 / 3)) - 1) < 0.15, `${top?.error}`);
  // points.parquet: the same of every point, with the spread over pairs by its definition.
  const table = await readParquet(path);
  const of = (name: string) => table.cells(name) as number[];
  const byPoint = base.map((_, i) => momentsOf(tables.map((values) => values[i] as number)));
  t.is(
    farthest(
      of("sslmem"),
      byPoint.map(({ mean }) => mean),
      1e-12,
    ),
    null,
  );
  t.is(
    farthest(
      of("pair_sd"),
      byPoint.map(({ sd }) => sd),
      1e-12,
    ),
    null,
  );
  const first = of("rank").findIndex((rank, i) => rank === 1 && i < 60);
  const { outlier, id, label, ...listed } = top as Analysis["most_memorized"][number];
  for (const [name, value] of Object.entries(listed)) t.is(of(name)[first], value as number, name);
});

test("scores with a small spread and all their digits: every image is in a bin, and every point has its interval", async (t) => {
  for (let run = 0; run < 20; run++) {
    const rows = [...rowsOf("candidate", draw(15, 0.05, 1e-3)), ...rowsOf("external", draw(15, 0.05, 1e-3))];
    const parts = [await writePart(join(root, "digits.parquet"), rows)];
    const analysis = await analyze({ ...OPTIONS, parts });
    for (const { histogram, subset } of analysis.subsets)
      t.is(
        histogram.counts.reduce((a, b) => a + b, 0),
        15,
        subset,
      );
    t.true(
      analysis.most_memorized.every(
        ({ relative_low: low, relative }) => (low as number) < (relative as number),
      ),
    );
  }
});

test("every point is given with its interval, and relative to the external mean with the error of both", async (t) => {
  const [candidates, external] = [draw(20, 0.1, 0.05), draw(30, 0.02, 0.05)];
  const rows = [...rowsOf("candidate", candidates), ...rowsOf("external", external)].map((row, i) => ({
    ...row,
    se: 0.01 + i / 1000,
  }));
  const metadata = { configuration: JSON.stringify({ views: 10, scheme: "pairs", distance: "l2" }) };
  const parts = [await writePart(join(root, "points-part.parquet"), rows, { metadata })];
  const points = join(root, "points.parquet");
  await analyze({ ...OPTIONS, parts, points });
  const table = await readParquet(points);
  const { mean, sd } = momentsOf(external);
  // t(0.975, 9) = 2.262157163; the error of the external mean is sd / √30.
  const expected = rows.map(({ sslmem, se }) => {
    const [half, both] = [2.262157163 * se, 2.262157163 * Math.hypot(se, sd / Math.sqrt(30))];
    const relative = sslmem - mean;
    return [sslmem - half, sslmem + half, relative, relative - both, relative + both];
  });
  for (const [j, name] of ["low", "high", "relative", "relative_low", "relative_high"].entries()) {
    const found = table.cells(name) as number[];
    t.is(
      farthest(
        found,
        expected.map((values) => values[j] as number),
        1e-9,
      ),
      null,
      name,
    );
  }
  const ranks = rows.map(
    (row) => 1 + rows.filter(({ subset, sslmem }) => subset === row.subset && sslmem > row.sslmem).length,
  );
  t.deepEqual(table.cells("rank"), ranks);
  await analyze({ ...OPTIONS, parts: [await writePart(parts[0] as string, rows.slice(0, 20))], points });
  t.true((await readParquet(points)).cells("relative").every((value) => value === null));
});

test("slices: the planted one is named, and an offset that depends on the slice is not taken for memorisation", async (t) => {
  const rows: Row[] = [];
  const brightness: number[] = [];
  for (const subset of ["candidate", "external"]) {
    for (let i = 0; i < 600; i++) {
      const label = i % 3;
      // Class 1 is memorised; class 2 scores higher in candidates and external images alike.
      const effect = (label === 1 && subset === "candidate" ? 0.05 : 0) + (label === 2 ? 0.08 : 0);
      rows.push({ subset, label, sslmem: effect + 0.03 * normal() });
      brightness.push(normal());
    }
  }
  const facts = join(root, "facts.parquet");
  await writeParquet(facts, {
    index: Int32Array.from(rows.keys()),
    brightness: Float64Array.from(brightness),
    pixels: new Float64Array(rows.length).fill(1024),
    near_duplicates: Float64Array.from(rows, (_, i) => (i % 10 === 0 ? 1 : 0)),
  });
  const analysis = await analyze({
    ...OPTIONS,
    parts: [await writePart(join(root, "slices.parquet"), rows)],
    facts,
    labelNames: ["cat", "dog's", "ship"],
  });
  const found = analysis.slices;
  t.is(found?.most_memorized, "class=dog's");
  const by = (key: string) => found?.slices.find((slice) => slice.key === key);
  t.is(by("class=dog's")?.n, 200);
  t.true(Math.abs((by("class=dog's")?.relative.value as number) - 0.05) < 0.01);
  t.true((by("class=ship")?.mean.low as number) > 0.05);
  t.true((by("class=ship")?.p_adjusted as number) > 0.05 || (by("class=ship")?.contrast.value as number) < 0);
  // Four quarters of brightness, two ranges of near_duplicates, none of a fact that does not vary.
  t.is(found?.tested, 3 + 4 + 2);
  t.false(found?.slices.some(({ by: fact }) => fact === "pixels"));
  t.deepEqual(
    found?.slices.filter((s) => s.by === "brightness").map((s) => s.n),
    [150, 150, 150, 150],
  );
  t.like(by("near_duplicates=q2"), { from: 1, to: 1, n: 60 });
  // The contrast by its definition.
  const mean = (subset: string, isIn: (label: number) => boolean) =>
    momentsOf(rows.flatMap((r) => (r.subset === subset && isIn(r.label as number) ? [r.sslmem] : []))).mean;
  const difference = (isIn: (label: number) => boolean) => mean("candidate", isIn) - mean("external", isIn);
  const contrast = difference((label) => label === 1) - difference((label) => label !== 1);
  t.is(farthest([by("class=dog's")?.contrast.value as number], [contrast], 1e-12), null);
});

test("near-duplicates between subsets are counted, listed and warned of", async (t) => {
  const rows = [...rowsOf("candidate", draw(50, 0.1, 0.02)), ...rowsOf("external", draw(50, 0, 0.02))];
  const duplicates = join(root, "duplicates.parquet");
  await writeParquet(duplicates, {
    first: Int32Array.of(0, 1, 2, 3),
    second: Int32Array.of(4, 60, 61, 60),
    distance: Int32Array.of(0, 1, 2, 3),
    similarity: Float64Array.of(1, 0.97, 0.99, 0.96),
  });
  const analysis = await analyze({
    ...OPTIONS,
    parts: [await writePart(join(root, "alike.parquet"), rows)],
    duplicates,
  });
  const found = analysis.near_duplicates;
  t.like(found, { pairs: 4, between_subsets: 3, candidates_affected: 3 });
  t.deepEqual(found?.by_subsets, [{ first: "candidate", second: "external", pairs: 3 }]);
  t.deepEqual(
    found?.listed.map(({ first, second }) => [first.index, second.index]),
    [
      [2, 61],
      [1, 60],
      [3, 60],
    ],
  );
  const left = (values: readonly Row[], out: readonly number[]) =>
    momentsOf(values.flatMap(({ sslmem }, i) => (out.includes(i) ? [] : [sslmem]))).mean;
  const expected = left(rows.slice(0, 50), [1, 2, 3]) - left(rows.slice(50), [10, 11]);
  t.is(farthest([found?.relative_without.value as number], [expected], 1e-12), null);
  t.true(analysis.warnings.some((line) => /3 pairs of near-duplicates/.test(line)));
});

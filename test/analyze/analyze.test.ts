import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { type Analysis, analyze, formatAnalysis, tTest } from "../../src/analyze/index.js";
import { cohensDz } from "../../src/statistics/effect.js";
import { farthest } from "../close.js";
import { temporaryDirectory } from "../train/helpers.js";
import { momentsOf, normals, type Row, writePart } from "./helpers.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/scipy/ttest.json", import.meta.url), "utf8"),
);
const root = temporaryDirectory();

const mean = (values: readonly number[]) => momentsOf(values).mean;
const sd = (values: readonly number[]) => momentsOf(values).sd;

for (const [i, { a, b, ...kinds }] of golden.cases.entries()) {
  test(`t-tests agree with SciPy, case ${i}`, (t) => {
    for (const kind of ["student", "welch"] as const) {
      const ours = tTest(
        kind,
        "a",
        "b",
        { n: a.length, mean: mean(a), sd: sd(a) },
        { n: b.length, mean: mean(b), sd: sd(b) },
      );
      for (const key of ["t", "df", "p_two_sided", "p_greater"] as const) {
        // Both are float64; the distribution functions are good to some 1e-12 relative.
        t.is(farthest([ours[key] as number], [kinds[kind][key]], 1e-14, 1e-9), null, `${kind} ${key}`);
      }
    }
  });
}

test("a test without values, or without variation, is null and not NaN", (t) => {
  const flat = { n: 5, mean: 1, sd: 0 };
  t.like(tTest("welch", "a", "b", flat, flat), { t: null, p_greater: null, cohens_d: null });
  t.like(tTest("student", "a", "b", { n: 1, mean: 1, sd: Number.NaN }, flat), { t: null, p_two_sided: null });
});

const part = (name: string, rows: readonly Row[], pair = 0): Promise<string> =>
  writePart(join(root, name), rows, { pair });

const [{ a, b, auc }] = golden.cases.slice(1);
const ROWS: Row[] = [
  ...a.map((sslmem: number) => ({ subset: "candidate", sslmem })),
  ...b.map((sslmem: number) => ({ subset: "external", sslmem })),
  ...Array.from({ length: 30 }, (_, i) => ({ subset: "shared", sslmem: i / 100 })),
];
const OPTIONS = { outlierIds: null, knn: [], skipped: [] };

test("subsets, differences, shares and AUC are those of the rows", async (t) => {
  const analysis = await analyze({ ...OPTIONS, parts: [await part("one.parquet", ROWS)] });
  const of = (name: string) =>
    analysis.subsets.find(({ subset }) => subset === name) as Analysis["subsets"][number];
  t.is(
    farthest([of("candidate").mean as number, of("candidate").sd as number], [mean(a), sd(a)], 1e-12),
    null,
  );
  t.is(farthest([of("candidate").relative.mean as number], [mean(a) - mean(b)], 1e-12), null);
  t.is(
    farthest(
      [of("candidate").relative.se as number],
      [Math.hypot(sd(a) / Math.sqrt(a.length), sd(b) / Math.sqrt(b.length))],
      1e-12,
    ),
    null,
  );
  t.is(of("shared").memorization.mean?.toFixed(9), (2 * 0.145).toFixed(9));
  t.is(farthest([analysis.membership_auc as number], [auc], 1e-12), null);
  t.is(analysis.candidates_above.zero, a.filter((v: number) => v > 0).length / a.length);
  const scores = [...a].sort((x: number, y: number) => y - x);
  t.deepEqual(
    analysis.most_memorized.map(({ sslmem }) => sslmem),
    scores.slice(0, 10),
  );
  t.deepEqual(
    analysis.least_memorized.map(({ sslmem }) => sslmem),
    scores.slice(-10).reverse(),
  );
  const text = formatAnalysis(analysis);
  t.regex(text, /candidate − external/);
  t.false(/NaN|undefined/.test(text));
});

test("AUC counts ties as halves", async (t) => {
  const rows = [0, 1, 1, 2]
    .map((sslmem) => ({ subset: "candidate", sslmem }))
    .concat([1, 1, 3].map((sslmem) => ({ subset: "external", sslmem })));
  // Of 12 comparisons: 0 wins none, each 1 ties two, 2 beats two.
  t.is(
    (await analyze({ ...OPTIONS, parts: [await part("ties.parquet", rows)] })).membership_auc,
    (2 * 2 * 0.5 + 2) / 12,
  );
});

test("pairs are averaged point by point, with their spread", async (t) => {
  const second = ROWS.map(({ subset, sslmem }) => ({
    subset,
    sslmem: sslmem + (subset === "candidate" ? 0.2 : 0),
  }));
  const parts = [await part("p0.parquet", ROWS), await part("p1.parquet", second, 1)];
  const analysis = await analyze({ ...OPTIONS, parts });
  t.is(analysis.pairs, 2);
  t.is(farthest([analysis.subsets[1]?.mean as number], [mean(a) + 0.1], 1e-12), null);
  t.is(farthest([analysis.most_memorized[0]?.pair_sd as number], [0.2 / Math.SQRT2], 1e-12), null);
  t.is(farthest([analysis.most_memorized[0]?.se as number], [0.01 / Math.SQRT2], 1e-12), null);
});

test("the error in the text has the pairs in it where there are several, and says what it covers", async (t) => {
  // Every other image scores 0.2 more under the second pair, and every other one 0.2 less.
  const second = ROWS.map(({ subset, sslmem }, i) => ({
    subset,
    sslmem: sslmem + (i % 2 === 0 ? 0.2 : -0.2),
  }));
  const both = [await part("e0.parquet", ROWS), await part("e1.parquet", second, 1)];
  const two = await analyze({ ...OPTIONS, parts: both });
  const text = formatAnalysis(two);
  const [first] = two.most_memorized;
  t.true((first?.error as number) > 10 * (first?.se as number), `${first?.error}`);
  t.true(text.includes("score ± standard error over views and pairs"));
  t.true(text.includes(`± ${first?.error?.toFixed(4)}`), text);
  const one = formatAnalysis(await analyze({ ...OPTIONS, parts: both.slice(0, 1) }));
  t.true(one.includes("score ± standard error over views)") && one.includes("± 0.0100"), one);
});

test("shares of 0 and of 1 have Wilson's interval, raw and relative; a resampled threshold may widen it", async (t) => {
  const rows = (subset: string, values: readonly number[]) => values.map((sslmem) => ({ subset, sslmem }));
  const sharesOf = async (name: string, external: readonly number[]) => {
    const all = [...rows("candidate", Array(20).fill(0.05)), ...rows("external", external)];
    const { subsets } = await analyze({ ...OPTIONS, parts: [await part(`${name}.parquet`, all)] });
    const { above, above_relative } = subsets.find(({ subset }) => subset === "candidate") ?? {};
    return { above, above_relative };
  };
  const z2 = 1.959963984540054 ** 2;
  const flat = await sharesOf("flat", Array(20).fill(0));
  for (const [name, list] of Object.entries(flat)) {
    t.is(farthest(Object.values(list?.[0] ?? {}) as number[], [0, 1, 20 / (20 + z2), 1], 1e-12), null, name);
    t.is(
      farthest(Object.values(list?.[1] ?? {}) as number[], [0.1, 0, 0, z2 / (20 + z2)], 1e-12),
      null,
      name,
    );
  }
  // The external mean is 0 ± 0.1: in many resamples it lies above all candidates.
  const spread = await sharesOf("spread", [0.3, -0.3, 0.3, -0.3, 0.3, -0.3, 0.3, -0.3, 0.3, -0.3]);
  t.like(spread.above_relative?.[0], { value: 1, low: 0, high: 1 });
  t.is(spread.above?.[0]?.low, flat.above?.[0]?.low);
});

test("Cohen's d_z: its interval covers the true one as often as it says", (t) => {
  const normal = normals(7);
  const [runs, n, d] = [4000, 40, 0.6];
  let covered = 0;
  for (let i = 0; i < runs; i++) {
    const { low, high } = cohensDz(momentsOf(Array.from({ length: n }, () => 2 * (d + normal()))));
    if ((low as number) <= d && d <= (high as number)) covered += 1;
  }
  // 95 % ± 4 standard errors of the simulation (0.34 %).
  t.true(Math.abs(covered / runs - 0.95) < 0.0138, `${covered / runs}`);
  t.deepEqual(cohensDz({ n: 1, mean: 1, sd: Number.NaN }), { value: null, low: null, high: null });
});

test("a pair that has not scored all images is a DATA error", async (t) => {
  const parts = [await part("q0.parquet", ROWS), await part("q1.parquet", ROWS.slice(0, 9), 1)];
  t.like(await t.throwsAsync(analyze({ ...OPTIONS, parts })), { code: "DATA" });
});

test("planted outliers: ranks among the candidates and AUC", async (t) => {
  const rows = [5, 4, 3, 2, 1].map((sslmem) => ({ subset: "candidate", sslmem }));
  const analysis = await analyze({
    ...OPTIONS,
    parts: [await part("outliers.parquet", rows)],
    outlierIds: ["image 0's", "image 3's"],
  });
  t.deepEqual(analysis.outliers, { n: 2, others: 3, ranks: [1, 4], auc: (3 + 1) / 6 });
  t.true(analysis.most_memorized[0]?.outlier);
  t.is(analysis.membership_auc, null);
  t.is(typeof analysis.why.membership_auc, "string");
});

test("range-scaled means are the paper code's, and only there when asked for", async (t) => {
  const rows: Row[] = [
    { subset: "candidate", sslmem: 0.4 },
    { subset: "candidate", sslmem: 0.1 },
    { subset: "external", sslmem: -0.1 },
    { subset: "external", sslmem: 0.2 },
  ];
  const parts = [await part("range.parquet", rows)];
  const options = { parts, outlierIds: null, knn: [], skipped: [] };
  t.false("range_scaled" in (await analyze(options)));
  const { range_scaled: scaled } = await analyze({ ...options, rangeScaled: true });
  // memorization is twice sslmem: from −0.2 to 0.8; float64 throughout.
  t.is(farthest([scaled?.range as number], [1], 1e-14, 0), null);
  const means = Object.fromEntries(
    (scaled?.subsets ?? []).map(({ subset, mean }) => [subset, mean as number]),
  );
  t.is(farthest([means.candidate as number, means.external as number], [0.5, 0.1], 1e-14, 0), null);
});

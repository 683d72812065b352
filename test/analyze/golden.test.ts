// Every statistic of a whole analysis against what SciPy and NumPy make of the same rows (test/golden/scipy/make.py).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { type Analysis, analyze, type Estimate } from "../../src/analyze/index.js";
import { writeParquet } from "../../src/tables/index.js";
import { farthest } from "../close.js";
import { temporaryDirectory } from "../train/helpers.js";
import { writePart } from "./helpers.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/scipy/analysis.json", import.meta.url), "utf8"),
);
let analysis: Analysis;

test.before(async () => {
  const { subset, label, lf, lg, se, brightness, near_duplicates } = golden.rows;
  const root = temporaryDirectory();
  const n = subset.length as number;
  const of = (value: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => value(i));
  const index = Int32Array.from({ length: n }, (_, i) => i);
  const part = join(root, "part.parquet");
  await writeParquet(
    part,
    {
      index,
      id: subset.map((_: string, i: number) => `image ${i}`),
      subset,
      pair: new Int32Array(n),
      label: Int32Array.from(label),
      lf: Float64Array.from(lf),
      lg: Float64Array.from(lg),
      memorization: of((i) => lg[i] - lf[i]),
      sslmem: of((i) => (lg[i] - lf[i]) / (lg[i] + lf[i])),
      se: Float64Array.from(se),
    },
    { configuration: JSON.stringify({ views: golden.views, scheme: "pairs", distance: "l2" }) },
  );
  const facts = join(root, "facts.parquet");
  await writeParquet(facts, {
    index,
    brightness: Float64Array.from(brightness),
    near_duplicates: Float64Array.from(near_duplicates),
  });
  analysis = await analyze({ parts: [part], facts, outlierIds: null, knn: [], skipped: [] });
});

/** Sums of a few hundred float64 numbers in another order, and distribution functions good to some 1e-12. */
const SAME = [1e-13, 1e-9] as const;
interface Bootstrapped {
  value: number;
  low: number;
  high: number;
  se: number;
}

/**
 * What is wrong with an estimate, or null. An end of a percentile interval has a Monte-Carlo error of 0.085 standard errors
 * with 1,000 resamples and 0.027 with 9,999: five times that of the two, and for a share of n one place.
 */
function differs(
  found: Omit<Estimate, "value"> & { value?: number | null },
  expected: Bootstrapped,
  step = 0,
) {
  const within = 5 * Math.hypot(0.085, 0.027) * expected.se + step;
  return (
    (found.value === undefined ? null : farthest([found.value as number], [expected.value], ...SAME)) ??
    farthest([found.low as number, found.high as number], [expected.low, expected.high], within)
  );
}

for (const expected of golden.subsets) {
  const { subset, n, mean, sd, raw, bootstrap, paired, discoveries } = expected;
  const found = () => analysis.subsets.find((one) => one.subset === subset) as Analysis["subsets"][number];

  test(`${subset}: moments and their bootstrap intervals`, (t) => {
    const { memorization, mean_interval, sd_interval, relative, ...own } = found();
    t.is(own.n, n);
    t.is(farthest([own.mean, own.sd, memorization.mean] as number[], [mean, sd, raw], ...SAME), null);
    t.is(differs(mean_interval, bootstrap.mean), null, "mean");
    t.is(differs(sd_interval, bootstrap.sd), null, "sd");
    if (bootstrap.relative !== undefined)
      t.is(differs({ ...relative, value: relative.mean }, bootstrap.relative), null, "relative");
  });

  test(`${subset}: quantiles and shares with their bootstrap intervals`, (t) => {
    for (const { q, ...estimate } of bootstrap.quantiles) {
      const ours = found().quantiles.find((one) => one.q === q) as Estimate;
      // A quantile's ends are order statistics: neighbours may be a large part of a standard error apart.
      t.is(differs(ours, estimate, 0.5 * estimate.se), null, `quantile ${q}`);
    }
    for (const { threshold, ...estimate } of bootstrap.above) {
      const ours = found().above.find((one) => one.threshold === threshold) as Estimate;
      if (estimate.value > 0 && estimate.value < 1)
        t.is(differs(ours, estimate, 1 / n), null, `above ${threshold}`);
    }
  });

  test(`${subset}: paired t-test of L_g against L_f agrees with ttest_rel`, (t) => {
    for (const key of ["t", "df", "p_two_sided", "p_greater"] as const)
      t.is(farthest([found().paired[key] as number], [paired[key]], 1e-13, 1e-8), null, key);
    t.is(farthest([found().paired.d_z.value as number], [paired.t / Math.sqrt(n)], 1e-13, 1e-8), null, "d_z");
  });

  test(`${subset}: single points found as false_discovery_control finds them`, (t) => {
    const { above_zero, above_external_mean, beyond_external } = found().discoveries;
    t.deepEqual(
      {
        above_zero: above_zero.n,
        above_external_mean: above_external_mean.n,
        beyond_external: beyond_external.n,
      },
      discoveries,
    );
  });
}

for (const { score, members, auc, balanced_accuracy, tpr_at_fpr } of golden.membership) {
  test(`membership of ${members} by ${score}: AUC, rates and balanced accuracy`, (t) => {
    const found = analysis.membership.find((one) => one.score === score && one.members === members);
    if (found === undefined) return t.fail();
    t.is(
      farthest(
        [found.auc.value, found.balanced_accuracy.value] as number[],
        [auc, balanced_accuracy],
        ...SAME,
      ),
      null,
    );
    for (const [i, { fpr, ...estimate }] of tpr_at_fpr.entries()) {
      const ours = found.tpr_at_fpr[i] as Estimate & { fpr: number };
      t.is(ours.fpr, fpr);
      t.is(differs(ours, estimate, 2 / found.n[0]), null, `TPR at ${fpr}`);
    }
  });
}

test("slices: relative means, contrasts by Welch and Satterthwaite, corrected after Holm", (t) => {
  const found = analysis.slices?.slices ?? [];
  t.deepEqual(
    found.map(({ key, n, n_external }) => ({ key, n, n_external })),
    golden.slices.map(({ key, n, n_external }: (typeof found)[number]) => ({ key, n, n_external })),
  );
  for (const [i, { key, relative, contrast, p_two_sided, p_adjusted }] of found.entries()) {
    const expected = golden.slices[i];
    const ours = [relative, contrast].flatMap(({ value, low, high }) => [value, low, high]);
    const theirs = [expected.relative, expected.contrast].flatMap(({ value, low, high }) => [
      value,
      low,
      high,
    ]);
    t.is(farthest(ours as number[], theirs, 1e-12, 1e-8), null, key);
    t.is(
      farthest(
        [p_two_sided, p_adjusted] as number[],
        [expected.contrast.p_two_sided, expected.p_adjusted],
        1e-13,
        1e-8,
      ),
      null,
      key,
    );
  }
  t.is(analysis.slices?.most_memorized, "class=2", "the planted one");
});

const levels = JSON.parse(
  readFileSync(new URL("../../../test/golden/scipy/levels.json", import.meta.url), "utf8"),
);
for (const [i, { a, b, value, low, high, se, p_greater, mean_of_a }] of levels.cases.entries()) {
  test(`several pairs: headline and means have NumPy's two-level intervals, case ${i}`, async (t) => {
    const rows = [...a, ...b] as number[][];
    const folder = temporaryDirectory();
    const parts = await Promise.all(
      (rows[0] as number[]).map((_, pair) =>
        writePart(
          join(folder, `${pair}.parquet`),
          rows.map((row, place) => ({
            subset: place < a.length ? "candidate" : "external",
            sslmem: row[pair] as number,
          })),
          { pair },
        ),
      ),
    );
    const { headline, subsets } = await analyze({ parts, outlierIds: null, knn: [], skipped: [] });
    const found = subsets.find(({ subset }) => subset === "candidate") as (typeof subsets)[number];
    const { relative, p_greater: p } = headline;
    t.is(
      farthest(
        [relative.value, relative.low, relative.high, p] as number[],
        [value, low, high, p_greater],
        1e-12,
        1e-8,
      ),
      null,
    );
    t.is(farthest([found.relative.se as number], [se], 1e-12, 1e-8), null);
    const { mean, mean_interval, memorization } = found;
    const ours = [mean, mean_interval.low, mean_interval.high] as number[];
    t.is(farthest(ours, [mean_of_a.value, mean_of_a.low, mean_of_a.high], 1e-12, 1e-8), null);
    // The raw score is twice sslmem here.
    const raw = [memorization.mean, memorization.low, memorization.high] as number[];
    t.is(
      farthest(
        raw,
        [mean_of_a.value, mean_of_a.low, mean_of_a.high].map((x) => 2 * x),
        1e-12,
        1e-8,
      ),
      null,
    );
  });
}

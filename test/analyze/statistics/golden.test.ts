import { readFileSync } from "node:fs";
import test from "ava";
import { cohensD } from "../../../src/statistics/effect.js";
import { rankBiasedOverlap, topOverlap } from "../../../src/statistics/list-overlap.js";
import { discoveries, holm } from "../../../src/statistics/many-tests.js";
import { kendallTauB, midRanks, pearson, spearman } from "../../../src/statistics/rank-correlation.js";
import { halfWidth, kolmogorovTail, tTail } from "../../../src/statistics/tails.js";
import { type CrossedMoments, twoLevel } from "../../../src/statistics/two-level.js";
import { farthest } from "../../close.js";
import { momentsOf } from "../helpers.js";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../test/golden/scipy/${name}`, import.meta.url), "utf8"));
const golden = read("ranks.json");
/** Both sides are float64 sums over at most 2,000 values, and distribution functions good to some 1e-12. */
const SAME = [1e-14, 1e-9] as const;

for (const [i, { x, y, kendall, spearman: rho, pearson: r }] of golden.correlations.entries()) {
  test(`Kendall's tau-b, Spearman and Pearson agree with SciPy, case ${i}`, (t) => {
    const [a, b] = [Float64Array.from(x), Float64Array.from(y)];
    const tau = kendallTauB(a, b);
    t.is(farthest([tau.value, tau.p_two_sided], kendall, ...SAME), null);
    const s = spearman(a, b);
    t.is(farthest([s.value, s.p_two_sided], rho, ...SAME), null);
    t.is(farthest([pearson(a, b)], [r], ...SAME), null);
    t.deepEqual([...a], x, "the arguments are left alone");
  });
}

test("Kendall's tau-b agrees with its definition over all pairs, ties and all", (t) => {
  for (const levels of [2, 5, 1000]) {
    const x = Float64Array.from({ length: 75 }, (_, i) => (i * 37) % levels);
    const y = Float64Array.from({ length: 75 }, (_, i) => ((i * i) % 71) % levels);
    let [difference, untiedX, untiedY] = [0, 0, 0];
    for (let i = 0; i < 75; i++) {
      for (let j = 0; j < i; j++) {
        const a = Math.sign((x[i] as number) - (x[j] as number));
        const b = Math.sign((y[i] as number) - (y[j] as number));
        difference += a * b;
        untiedX += a * a;
        untiedY += b * b;
      }
    }
    t.is(farthest([kendallTauB(x, y).value], [difference / Math.sqrt(untiedX * untiedY)], 1e-14), null);
  }
});

test("rank correlations of what does not vary are not numbers; of opposite orders, −1", (t) => {
  const up = Float64Array.of(1, 2, 3, 4);
  const flat = Float64Array.of(2, 2, 2, 2);
  t.is(kendallTauB(up, flat).value, Number.NaN);
  t.is(spearman(flat, up).value, Number.NaN);
  t.is(kendallTauB(up, Float64Array.of(4, 3, 2, 1)).value, -1);
  t.deepEqual([...midRanks(Float64Array.of(5, 1, 5, 0))], [3.5, 2, 3.5, 1]);
});

test("Kolmogorov's distribution agrees with SciPy, and the p-value is near the exact one", (t) => {
  for (const { a, b, ks } of golden.two_samples) {
    const en = Math.sqrt((a.length * b.length) / (a.length + b.length));
    const p = kolmogorovTail((en + 0.12 + 0.11 / en) * ks.d);
    t.is(farthest([p], [ks.p_two_sided], 1e-14, 1e-9), null);
    // Stephens' approximation; SciPy's exact p supposes values without ties.
    t.true(Math.abs(p - ks.p_exact) < 0.05, `${p} ${ks.p_exact}`);
  }
});

test("Cohen's d agrees with NumPy, its interval nearly with the exact one of the non-central t", (t) => {
  for (const { a, b, cohens_d } of golden.two_samples) {
    const d = cohensD(momentsOf(a), momentsOf(b));
    t.is(farthest([d.value as number], [cohens_d.value], ...SAME), null);
    // The approximation's own error at n = 30, 40 is 0.01; a wrong variance term is off by more.
    t.is(farthest([d.low as number, d.high as number], cohens_d.exact, 0.012), null);
  }
});

test("Benjamini and Hochberg reject as SciPy's adjusted p-values say, at every rate", (t) => {
  const sorted = [...golden.p].sort((a: number, b: number) => a - b);
  for (const alpha of [0.001, 0.05, 0.2, 0.5, 0.9]) {
    const expected = golden.adjusted.filter((p: number) => p <= alpha).length;
    t.is(
      discoveries(sorted.length, (i) => sorted[i] as number, alpha),
      expected,
      `${alpha}`,
    );
  }
});

test("Holm's adjustment, a worked example", (t) => {
  // 3 × 0.01; max(0.03, 2 × 0.02) = 0.04; max(0.04, 0.03): kept in order; null is not counted.
  t.deepEqual(holm([0.03, 0.01, null, 0.02]), [0.04, 0.03, null, 0.04]);
});

test("overlap of top lists: chance as the hypergeometric distribution has it", (t) => {
  for (const { n, k, common, p } of golden.overlap) {
    const { overlap, chance, p_chance } = topOverlap(n, k, common);
    t.deepEqual([overlap, chance], [common / k, k / n]);
    // Logarithms of factorials up to 5000! lose some 1e-11 relative.
    t.is(farthest([p_chance], [p], 0, 1e-8), null);
  }
});

test("rank-biased overlap agrees with its definition", (t) => {
  for (const { a, b, p, rbo } of golden.rbo) {
    t.is(farthest([rankBiasedOverlap(a, b, p)], [rbo], 1e-12), null);
    t.is(farthest([rankBiasedOverlap(a, a, p)], [1], 1e-12), null);
  }
});

/** The moments of a table of points by pairs, by their definitions. */
function crossed(x: number[][]): CrossedMoments {
  const pairs = (x[0] as number[]).length;
  const n = x.length;
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const rows = x.map(mean);
  const means = Array.from({ length: pairs }, (_, p) => mean(x.map((row) => row[p] as number)));
  const all = mean(rows);
  let residual = 0;
  for (const [i, row] of x.entries())
    for (const [p, value] of row.entries())
      residual += (value - (rows[i] as number) - (means[p] as number) + all) ** 2;
  return { n, means, pointVariance: momentsOf(rows).sd ** 2, residual: residual / ((n - 1) * (pairs - 1)) };
}

test("two-level intervals agree with NumPy's analysis of variance", (t) => {
  for (const { a, b, mean_of_a, ...expected } of read("levels.json").cases) {
    const [both, one] = [twoLevel(crossed(a), crossed(b)), twoLevel(crossed(a), null)];
    for (const key of ["value", "se", "df", "low", "high", "p_greater"] as const) {
      t.is(farthest([both[key] as number], [expected[key]], 1e-13, 1e-8), null, key);
      t.is(farthest([one[key] as number], [mean_of_a[key]], 1e-13, 1e-8), null, `mean of one: ${key}`);
    }
  }
});

test("tails and half-widths: t tends to the normal distribution", (t) => {
  t.is(farthest([tTail(1.5, 1e9)], [tTail(1.5, Number.POSITIVE_INFINITY)], 1e-8), null);
  t.is(halfWidth().toFixed(6), "1.959964");
  t.is(halfWidth(1).toFixed(4), "12.7062");
});

import beta from "@stdlib/random-base-beta";
import test from "ava";
import { binomialSampler } from "../../../src/statistics/binomial.js";
import {
  meanOf,
  percentileInterval,
  quantilesOf,
  RESAMPLES,
  resample,
  sdOf,
  shareAbove,
} from "../../../src/statistics/bootstrap.js";
import { type Groups, groupsOfValues, MOST_GROUPS } from "../../../src/statistics/groups.js";
import { twoLevel } from "../../../src/statistics/two-level.js";
import { uniformStream } from "../../../src/statistics/uniform-stream.js";
import { farthest } from "../../close.js";
import { momentsOf, normals } from "../helpers.js";

const values = (n: number, seed: number) => {
  const normal = normals(seed);
  return Float64Array.from({ length: n }, normal);
};

/** Cuts sorted values into groups as the database does. */
function coarse(sorted: Float64Array): Groups {
  const n = sorted.length;
  const cut = (g: number) => Math.ceil((g * n) / MOST_GROUPS);
  const parts = Array.from({ length: MOST_GROUPS }, (_, g) => [...sorted.subarray(cut(g), cut(g + 1))]);
  const of = (f: (part: number[]) => number) => Float64Array.from(parts, f);
  const mean = of((part) => part.reduce((a, b) => a + b, 0) / part.length);
  return {
    n,
    size: of((part) => part.length),
    mean,
    squares: Float64Array.from(parts, (part, g) =>
      part.reduce((sum, x) => sum + (x - (mean[g] as number)) ** 2, 0),
    ),
    low: of((part) => Math.min(...part)),
    high: of((part) => Math.max(...part)),
  };
}

/** Quantile of type 7 by its definition. */
const quantile = (sorted: readonly number[], q: number) => {
  const at = (sorted.length - 1) * q;
  const lower = sorted[Math.floor(at)] as number;
  return lower + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] as number) - lower);
};

test("statistics of a resample are those of the drawn values written out", (t) => {
  const groups = groupsOfValues(values(57, 1));
  let looked = 0;
  resample(groups, 5, 0, (counts, index) => {
    if (index % 100 !== 0) return;
    looked += 1;
    const drawn = [...counts].flatMap((c, i) => new Array<number>(c).fill(groups.mean[i] as number));
    t.is(drawn.length, 57);
    const { mean, sd } = momentsOf(drawn);
    const q = [0, 0.01, 0.05, 0.33, 0.5, 0.99, 1];
    t.is(farthest([meanOf(groups, counts), sdOf(groups, counts)], [mean, sd], 1e-13), null);
    t.is(
      farthest(
        quantilesOf(groups, counts, q),
        q.map((p) => quantile(drawn, p)),
        1e-13,
      ),
      null,
    );
    t.is(shareAbove(groups, counts, 0.2), drawn.filter((x) => x > 0.2).length / 57);
  });
  t.is(looked, 10);
});

test("values tied with the threshold are not above it", (t) => {
  const groups = groupsOfValues(Float64Array.of(0, 0, 1, 1));
  t.is(shareAbove(groups, groups.size, 0), 0.5);
  t.is(shareAbove(groups, groups.size, 1), 0);
});

test("the same seed and stream give the same resamples, others do not", (t) => {
  const groups = groupsOfValues(values(40, 2));
  const means = (seed: number, stream: number) => {
    const found: number[] = [];
    resample(groups, seed, stream, (counts) => found.push(meanOf(groups, counts)));
    return found;
  };
  t.deepEqual(means(1, 2), means(1, 2));
  t.notDeepEqual(means(1, 2), means(1, 3));
  t.notDeepEqual(means(1, 2), means(2, 2));
});

test("groups of neighbours give the intervals that theory and single values give", (t) => {
  const n = 20_000;
  const sorted = values(n, 3).sort();
  const whole = groupsOfValues(sorted);
  const grouped = coarse(sorted);
  const interval = (groups: Groups, f: (counts: Float64Array) => number) => {
    const found = new Float64Array(RESAMPLES);
    resample(groups, 1, 0, (counts, i) => {
      t.is(
        counts.reduce((a, b) => a + b, 0),
        n,
      );
      found[i] = f(counts);
    });
    const { low, high } = percentileInterval(0, found);
    return [low as number, high as number];
  };
  const statistics: [string, (g: Groups) => (c: Float64Array) => number, number][] = [
    ["mean", (g) => (c) => meanOf(g, c), 1 / Math.sqrt(n)],
    ["sd", (g) => (c) => sdOf(g, c), 1 / Math.sqrt(2 * n)],
    ["median", (g) => (c) => quantilesOf(g, c, [0.5])[0] as number, Math.sqrt(Math.PI / 2 / n)],
    ["1 %", (g) => (c) => quantilesOf(g, c, [0.01])[0] as number, Math.sqrt(0.0099 / n) / 0.02665],
    ["share", (g) => (c) => shareAbove(g, c, 1), Math.sqrt((0.1587 * 0.8413) / n)],
  ];
  for (const [name, of, error] of statistics) {
    const [exact, cut] = [interval(whole, of(whole)), interval(grouped, of(grouped))];
    // The end of a percentile interval of 1000 resamples has a Monte-Carlo error of about 0.085 standard errors.
    t.is(farthest(cut, exact, 6 * 0.085 * Math.SQRT2 * error), null, name);
    const width = ((cut[1] as number) - (cut[0] as number)) / error;
    // The 1 % quantile's width hangs on the local density of these 20,000 values.
    t.true(Math.abs(width / (2 * 1.96) - 1) < (name === "1 %" ? 0.3 : 0.12), `${name}: ${width}`);
  }
});

test("two-level intervals cover the truth about as often as they say, with points and pairs both drawn", (t) => {
  const normal = normals(17);
  let covered = 0;
  const [RUNS, n, P] = [400, 30, 4];
  for (let run = 0; run < RUNS; run++) {
    const shift = Array.from({ length: P }, () => 0.1 * normal());
    const table = (offsets: readonly number[]) => {
      const rows = Array.from({ length: n }, () => {
        const point = 0.3 * normal();
        return offsets.map((offset) => offset + point + 0.2 * normal());
      });
      const rowMeans = rows.map((row) => momentsOf(row).mean);
      const means = offsets.map((_, p) => momentsOf(rows.map((row) => row[p] as number)).mean);
      const centre = momentsOf(rowMeans).mean;
      const squares = rows.flatMap((row, i) =>
        row.map((x, p) => (x - (rowMeans[i] as number) - (means[p] as number) + centre) ** 2),
      );
      const residual = squares.reduce((a, b) => a + b, 0) / ((n - 1) * (P - 1));
      return { n, means, pointVariance: momentsOf(rowMeans).sd ** 2, residual };
    };
    const { low, high } = twoLevel(table(shift.map((s) => s + 1)), table(new Array(P).fill(0)));
    if ((low as number) <= 1 && 1 <= (high as number)) covered += 1;
  }
  // 95 % nominal: 380 ± 4.4; an interval over points alone covers some 75 % here.
  t.true(covered >= 366 && covered <= 396, `${covered} of ${RUNS}`);
});

test("beta numbers, which place the threshold of a membership test, have their mean and variance", (t) => {
  for (const [a, b] of [
    [1, 250],
    [11, 990],
    [101, 9900],
  ] as const) {
    const { mean, sd } = momentsOf(
      Array.from({ length: 20_000 }, beta.factory(a, b, { prng: uniformStream(4, 2) })),
    );
    const expected = a / (a + b);
    const variance = (expected * (1 - expected)) / (a + b + 1);
    t.true(Math.abs(mean - expected) < 4.5 * Math.sqrt(variance / 20_000), `${a} ${b}: mean ${mean}`);
    // Near the exponential (a = 1) the fourth moment is 9 v², so a variance's error is √(8 / n).
    t.true(Math.abs(sd ** 2 / variance - 1) < 4.5 * Math.sqrt(8 / 20_000), `${a} ${b}: variance ${sd ** 2}`);
  }
});

test("binomial numbers have the distribution's mean and variance, on both sides of the change of method", (t) => {
  const draw = binomialSampler(uniformStream(4, 1));
  const DRAWS = 20_000;
  for (const [n, p] of [
    [20_000, 1 / 4096],
    [5, 0.5],
    [3, 0.999],
    [1000, 0.0099],
    [1000, 0.0101],
    [1000, 0.4],
    [100, 0.8],
    [700_000, 1 / 4096],
    [1_000_000, 1e-7],
  ] as const) {
    const { mean, sd } = momentsOf(Array.from({ length: DRAWS }, () => draw(n, p)));
    const variance = n * p * (1 - p);
    // Within 4.5 errors; that of the variance has the fourth moment, 3 v² + v (1 − 6 p (1 − p)).
    t.true(Math.abs(mean - n * p) < 4.5 * Math.sqrt(variance / DRAWS), `${n} ${p}: mean ${mean}`);
    const error = Math.sqrt((2 * variance ** 2 + variance) / DRAWS);
    t.true(Math.abs(sd ** 2 - variance) < 4.5 * error, `${n} ${p}: variance ${sd ** 2}`);
  }
  t.deepEqual([draw(0, 0.5), draw(7, 0), draw(7, 1)], [0, 0, 7]);
});

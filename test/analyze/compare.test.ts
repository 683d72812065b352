import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type CompareOptions, compareRankings } from "../../src/analyze/compare.js";
import { comparisonReportSchema } from "../../src/analyze/compare-schema.js";
import { kendallTauB } from "../../src/analyze/statistics/rank-correlation.js";
import { type Row, writePart } from "./helpers.js";

/** Ranks by a score with ties, every id in both but the last ten of the second. */
async function twoRankings(n = 60): Promise<CompareOptions> {
  const folder = await mkdtemp(join(tmpdir(), "sslmem-compare-"));
  const rows = (shift: number, from: number): Row[] =>
    Array.from({ length: n }, (_, i) => ({
      ...{ subset: i % 6 === 5 ? "external" : "candidate", id: `img-${i + from}` },
      sslmem: (((i + from) * 13 + shift * ((i + from) % 4)) % 20) / 50,
    }));
  const inputs = await Promise.all(
    [rows(0, 0), rows(7, 10)].map(async (part, i) => ({
      ...{ name: `run ${i}`, pair: null },
      parts: [await writePart(join(folder, `part-${i}.parquet`), part)],
    })),
  );
  return { inputs, score: "sslmem", subset: "all", top: [1, 5, 0.2, 500], persistence: 0.9 };
}

test("overlap of the top lists and rank correlations are those of their definitions", async (t) => {
  const options = await twoRankings();
  const report = await compareRankings(options);
  t.notThrows(() => comparisonReportSchema.parse(report));
  const [pair] = report.pairs as [(typeof report.pairs)[number]];
  t.deepEqual([pair.n, pair.only_first, pair.only_second], [50, 10, 10]);
  const points = pair.scatter.points;
  t.is(points.length, 50);
  // Kendall's tau-b by counting all pairs.
  let [difference, tiesX, tiesY] = [0, 0, 0];
  for (const [i, a] of points.entries())
    for (const b of points.slice(i + 1)) {
      const [dx, dy] = [Math.sign(a.first - b.first), Math.sign(a.second - b.second)];
      difference += dx * dy;
      tiesX += dx === 0 ? 1 : 0;
      tiesY += dy === 0 ? 1 : 0;
    }
  const all = (50 * 49) / 2;
  t.true(
    Math.abs((pair.kendall.tau_b as number) - difference / Math.sqrt((all - tiesX) * (all - tiesY))) < 1e-12,
  );
  t.deepEqual(
    pair.top.map(({ k }) => k),
    [1, 5, 10],
  );
  for (const { k, common, overlap, chance } of pair.top) {
    const top = (key: "first" | "second") =>
      [...points]
        .sort((a, b) => b[key] - a[key] || (a.id < b.id ? -1 : 1))
        .slice(0, k)
        .map(({ id }) => id);
    const second = new Set(top("second"));
    t.is(common, top("first").filter((id) => second.has(id)).length);
    t.is(overlap, common / k);
    t.is(chance, k / 50);
  }
});

test("a ranking agrees with itself, and only the asked subset counts", async (t) => {
  const { inputs, ...options } = await twoRankings();
  const [first] = inputs as [CompareOptions["inputs"][number]];
  const report = await compareRankings({
    ...options,
    subset: "candidate",
    inputs: [first, { ...first, name: "again" }],
  });
  const [pair] = report.pairs as [(typeof report.pairs)[number]];
  t.is(pair.n, 50);
  t.true(Math.abs((pair.spearman.rho as number) - 1) < 1e-12);
  t.true(Math.abs((pair.kendall.tau_b as number) - 1) < 1e-12);
  t.true(Math.abs(pair.rank_biased_overlap.value - 1) < 1e-12);
  t.true(pair.top.every(({ overlap }) => overlap === 1));
});

test("no image in common, or no such column, is one sentence", async (t) => {
  const options = await twoRankings(8);
  await t.throwsAsync(compareRankings(options), {
    code: "DATA",
    message: /in common but found 0 of 8 and 8/,
  });
  await t.throwsAsync(compareRankings({ ...options, score: "fame" }), {
    code: "DATA",
    message: /a column fame/,
  });
});

test("Kendall's tau-b of 200,000 points takes n log n", (t) => {
  const n = 200_000;
  const x = Float64Array.from({ length: n }, (_, i) => (i * 7919) % n);
  const y = Float64Array.from(x, (v, i) => v + ((i * 104_729) % n) / 4);
  // Quadratic, it would be 2·10^10 comparisons: a minute at least. No time is asserted; AVA's limit is the bound.
  const { value, p_two_sided } = kendallTauB(x, y);
  t.true(value > 0.7 && value < 1);
  t.true(p_two_sided < 1e-12);
});

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type CompareOptions, compareRankings } from "../../src/analyze/compare-rankings.js";
import { comparisonReportSchema } from "../../src/analyze/compare-schema.js";
import { kendallTauB } from "../../src/statistics/rank-correlation.js";
import { writeParquet } from "../../src/tables/index.js";
import { type Row, writePart } from "./helpers.js";

/** Ranks by a score with ties, every id in both but the last ten of the second. */
async function twoRankings(
  n = 60,
  manifests: readonly [string, string] = ["m", "m"],
): Promise<CompareOptions> {
  const folder = await mkdtemp(join(tmpdir(), "sslmem-compare-"));
  const rows = (shift: number, from: number): Row[] =>
    Array.from({ length: n }, (_, i) => ({
      subset: i % 6 === 5 ? "external" : "candidate",
      id: `img-${i + from}`,
      sslmem: (((i + from) * 13 + shift * ((i + from) % 4)) % 20) / 50,
    }));
  const inputs = await Promise.all(
    [rows(0, 0), rows(7, 10)].map(async (part, i) => ({
      name: `run ${i}`,
      pair: null,
      parts: [
        await writePart(join(folder, `part-${i}.parquet`), part, {
          metadata: { configuration: JSON.stringify({ manifest: manifests[i], f: i }) },
        }),
      ],
    })),
  );
  return { inputs, score: "sslmem", subset: "all", top: [1, 5, 0.2], persistence: 0.9 };
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
  const options = { ...(await twoRankings(8)), top: null };
  await t.throwsAsync(compareRankings(options), {
    code: "DATA",
    message: /in common but found 0 of 8 and 8/,
  });
  await t.throwsAsync(compareRankings({ ...options, score: "fame" }), {
    code: "DATA",
    message: /a column fame/,
  });
  await t.throwsAsync(compareRankings({ ...options, score: "id" }), { code: "USAGE", message: /numbers/ });
});

test("lists that are asked for must be shorter than the points in common; those by default are left out", async (t) => {
  const options = await twoRankings();
  for (const k of [50, 500, 0.001])
    await t.throwsAsync(compareRankings({ ...options, top: [5, k] }), {
      code: "USAGE",
      message: /1 to 49 for --top/,
    });
  const { pairs } = await compareRankings({ ...options, top: null });
  // 10, 5 % and 10 % of 50; 1 % of it rounds to 1.
  t.deepEqual(
    pairs[0]?.top.map(({ k }) => k),
    [1, 3, 5, 10],
  );
});

test("other lists of images, and the same scores twice, are warned of", async (t) => {
  const options = await twoRankings();
  t.deepEqual((await compareRankings(options)).warnings, []);
  const { inputs } = await twoRankings(60, ["m", "n"]);
  t.regex((await compareRankings({ ...options, inputs })).warnings.join(), /different lists of images/);
  const [first] = inputs as [CompareOptions["inputs"][number]];
  const same = { ...options, inputs: [first, { ...first, name: "again" }] };
  t.regex((await compareRankings(same)).warnings.join(), /the same scores/);
});

test("layers: each ranks by its own rows, and only the pairs that are asked for are compared", async (t) => {
  const path = join(await mkdtemp(join(tmpdir(), "sslmem-compare-")), "layers.parquet");
  const n = 30;
  const rows = ["stem", "middle", "last"].flatMap((layer, position) =>
    Array.from({ length: n }, (_, i) => ({
      id: `img-${i}`,
      subset: "candidate",
      layer,
      position,
      pair: 0,
      // The first two layers agree, the last one ranks the other way round.
      sslmem: position === 2 ? -i : i + position / 2,
    })),
  );
  await writeParquet(path, {
    id: rows.map(({ id }) => id),
    subset: rows.map(({ subset }) => subset),
    layer: rows.map(({ layer }) => layer),
    position: Int32Array.from(rows, ({ position }) => position),
    pair: new Int32Array(rows.length),
    sslmem: Float64Array.from(rows, ({ sslmem }) => sslmem),
  });
  const input = (layer: string) => ({ name: layer, parts: [path], pair: null, layer });
  const options = { score: "sslmem", subset: "candidate", top: [5], persistence: 0.9 };
  const inputs = ["stem", "middle", "last"].map(input);
  const { pairs } = await compareRankings({ ...options, inputs });
  t.deepEqual(
    pairs.map(({ first, second, n: points, kendall }) => [first, second, points, kendall.tau_b]),
    [
      ["stem", "middle", n, 1],
      ["stem", "last", n, -1],
      ["middle", "last", n, -1],
    ],
  );
  t.deepEqual(
    pairs.map(({ top }) => top[0]?.common),
    [5, 0, 0],
  );
  const chosen = await compareRankings({ ...options, inputs, compared: [[1, 2]] });
  t.deepEqual(
    chosen.pairs.map(({ first, second }) => [first, second]),
    [["middle", "last"]],
  );
  await t.throwsAsync(compareRankings({ ...options, inputs: [input("stem"), input("stam")] }), {
    code: "USAGE",
    message: /out of stem, middle, last but received "stam"/,
  });
});

test("Kendall's tau-b of two million points takes n log n, and is exact", (t) => {
  // Quadratic, they would be 2·10^12 pairs, which no machine compares within AVA's limit; so no time is asserted.
  const [n, block] = [2_000_000, 1000];
  const x = Float64Array.from({ length: n }, (_, i) => (i * 7919) % n); // a permutation: n and 7919 share no factor
  // Ascending blocks, each of them turned round: the pairs inside a block are the discordant ones, all others concordant.
  const y = x.map((v) => v - 2 * (v % block) + block - 1);
  const { value, p_two_sided } = kendallTauB(x, y);
  t.is(value, 1 - (2 * (block - 1)) / (n - 1));
  t.true(p_two_sided < 1e-12);
});

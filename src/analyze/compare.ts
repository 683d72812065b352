import { SslMemError } from "../errors.js";
import { fileList, identifier, literal, type Session, withSession } from "../tables/index.js";
import type { ComparisonReport } from "./compare-schema.js";
import { finite } from "./statistics/estimate.js";
import { rankBiasedOverlap, topOverlap } from "./statistics/lists.js";
import { kendallTauB, pearson, sortedOrder, spearman } from "./statistics/rank-correlation.js";

const MEMORY = "2GB";
const MOST_SHOWN = 2000;

/** A ranking: score parts (averaged over the pairs in them), or those of one pair. */
export interface RankingInput {
  name: string;
  parts: readonly string[];
  /** Only this pair's rows; null: all, averaged. */
  pair: number | null;
}

export interface CompareOptions {
  inputs: readonly RankingInput[];
  /** Column that ranks, higher = more memorised. */
  score: string;
  /** A subset, or "all". Tables without a subset column are taken whole. */
  subset: string;
  /** Lengths of the top lists: whole numbers, or shares below 1. Lengths that are not below n are left out. */
  top: readonly number[];
  /** Persistence of the rank-biased overlap. */
  persistence: number;
}

/**
 * Compares rankings of images by id: overlap of the top lists beside chance, Kendall's tau-b, Spearman, Pearson,
 * rank-biased overlap. In O(n log n); a million points take seconds.
 *
 * @throws SslMemError DATA when a table lacks the column, or two rankings have fewer than two points in common
 */
export async function compareRankings(options: CompareOptions): Promise<ComparisonReport> {
  return withSession({ memory: MEMORY }, async (session) => {
    const inputs: ComparisonReport["inputs"] = [];
    for (const [i, input] of options.inputs.entries())
      inputs.push({ name: input.name, points: await makeRanking(session, i, input, options) });
    const pairs: ComparisonReport["pairs"] = [];
    for (let a = 0; a < inputs.length; a++)
      for (let b = a + 1; b < inputs.length; b++)
        pairs.push(await comparePair(session, [a, b], inputs, options));
    const { score, subset } = options;
    return { schema: "sslmem/compare@1", score, subset, inputs, pairs };
  });
}

async function makeRanking(
  session: Session,
  number: number,
  { name, parts, pair }: RankingInput,
  { score, subset }: CompareOptions,
): Promise<number> {
  const source = `read_parquet(${fileList(parts)})`;
  const names = (await session.ask(`DESCRIBE SELECT * FROM ${source}`)).map((row) => String(row.column_name));
  for (const needed of ["id", score]) {
    if (!names.includes(needed))
      throw new SslMemError(
        "DATA",
        `Expected a column ${needed} in the scores of ${name} but there are only ${names.join(", ")}.`,
      );
  }
  const conditions = [
    `${identifier(score)} IS NOT NULL`,
    ...(subset !== "all" && names.includes("subset")
      ? [`coalesce(subset, 'candidate') = ${literal(subset)}`]
      : []),
    ...(pair !== null ? [`pair = ${pair}`] : []),
  ];
  await session.ask(
    `CREATE TEMP TABLE ranking_${number} AS SELECT id, avg(${identifier(score)})::DOUBLE AS x FROM ${source}
     WHERE ${conditions.join(" AND ")} GROUP BY id`,
  );
  const { n } = await session.askOne(`SELECT count(*)::DOUBLE AS n FROM ranking_${number}`);
  return n as number;
}

async function comparePair(
  session: Session,
  [a, b]: [number, number],
  inputs: ComparisonReport["inputs"],
  { top, persistence }: CompareOptions,
): Promise<ComparisonReport["pairs"][number]> {
  const [first, second] = [inputs[a], inputs[b]] as [(typeof inputs)[number], (typeof inputs)[number]];
  await session.ask(
    `CREATE OR REPLACE TEMP TABLE matched AS SELECT id, f.x AS x, s.x AS y FROM ranking_${a} f JOIN ranking_${b} s USING (id) ORDER BY id`,
  );
  const [x, y] = (await session.columns("SELECT x, y FROM matched")) as [Float64Array, Float64Array];
  const n = x.length;
  if (n < 2) {
    throw new SslMemError(
      "DATA",
      `Expected points that ${first.name} and ${second.name} have in common but found ${n} of ${first.points} and ${second.points}.`,
      "--subset all, or runs on the same images",
    );
  }
  const rows = await session.ask(`SELECT id, x, y FROM matched ORDER BY md5(id), id LIMIT ${MOST_SHOWN}`);
  let difference = 0;
  for (let i = 0; i < n; i++) difference += ((x[i] as number) - (y[i] as number)) / n;
  return {
    ...{ first: first.name, second: second.name },
    ...{ n, only_first: first.points - n, only_second: second.points - n },
    ...agreement(x, y, persistence),
    mean_difference: difference,
    top: topLists(x, y, lengths(top, n)),
    scatter: {
      sampled: n > MOST_SHOWN,
      points: rows.map((row) => ({ id: String(row.id), first: row.x as number, second: row.y as number })),
    },
  };
}

/** Kendall's tau-b, Spearman, Pearson and the rank-biased overlap of two scores of the same points. */
function agreement(x: Float64Array, y: Float64Array, persistence: number) {
  const [tau, rho, [byX, byY]] = [kendallTauB(x, y), spearman(x, y), descending(x, y)];
  return {
    kendall: { tau_b: finite(tau.value), p_two_sided: finite(tau.p_two_sided) },
    spearman: { rho: finite(rho.value), p_two_sided: finite(rho.p_two_sided) },
    pearson: finite(pearson(x, y)),
    rank_biased_overlap: { p: persistence, value: Math.min(1, rankBiasedOverlap(byX, byY, persistence)) },
  };
}

/** What the lists of the k highest have in common, for each k below n, beside chance. Ties by place. */
export function topLists(
  x: Float64Array,
  y: Float64Array,
  sizes: readonly number[],
): ComparisonReport["pairs"][number]["top"] {
  const [byX, byY] = descending(x, y);
  return sizes.map((k) => {
    const listed = new Set(byX.subarray(0, k));
    const common = byY.subarray(0, k).reduce((sum, i) => sum + (listed.has(i) ? 1 : 0), 0);
    return { k, common, ...topOverlap(x.length, k, common) };
  });
}

const descending = (x: Float64Array, y: Float64Array): [Uint32Array, Uint32Array] => [
  sortedOrder(x.map((v) => -v)),
  sortedOrder(y.map((v) => -v)),
];

/** Shares as numbers of points; those below n, each once, ascending. */
function lengths(top: readonly number[], n: number): number[] {
  const whole = top.map((k) => (k < 1 ? Math.round(k * n) : k)).filter((k) => k >= 1 && k < n);
  return [...new Set(whole)].sort((a, b) => a - b);
}

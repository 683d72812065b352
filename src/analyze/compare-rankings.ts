import { append } from "../arrays.js";
import { SslMemError } from "../errors.js";
import { finite } from "../statistics/estimate.js";
import { rankBiasedOverlap, topOverlap } from "../statistics/list-overlap.js";
import { kendallTauB, pearson, sortedOrder, spearman } from "../statistics/rank-correlation.js";
import { type Session, scatteredText, withSession } from "../tables/index.js";
import { checkGiven } from "../text/given.js";
import type { ComparisonReport } from "./compare-schema.js";
import { cautionsOf, makeRanking, type RankedBy, type RankingInput } from "./ranking-input.js";

const MEMORY = "2GB";
const MOST_SHOWN = 2000;

/** Lengths of the top lists when nobody says; those that are not below n are left out. */
export const TOP: readonly number[] = [10, 50, 100, 500, 1000, 0.01, 0.05, 0.1];
/** Persistence of the rank-biased overlap when nobody says: it looks some 50 ranks deep. */
export const PERSISTENCE = 0.98;

/** Two rankings, by their places among the inputs. */
export type Places = readonly [number, number];

/** Which rankings are compared, and how. Higher scores are more memorised. */
export interface CompareOptions extends RankedBy {
  inputs: readonly RankingInput[];
  /** Default: every input with every later one. */
  compared?: readonly Places[];
  /** Lengths of the top lists: whole numbers, or shares below 1; null: TOP. */
  top: readonly number[] | null;
  /** Persistence of the rank-biased overlap. */
  persistence: number;
}

/**
 * Compares rankings of images by id: overlap of the top lists beside chance, Kendall's tau-b, Spearman, Pearson,
 * rank-biased overlap. In O(n log n); a million points take seconds.
 *
 * @throws SslMemError DATA when a table lacks the column, or two rankings have fewer than two points in common; USAGE for a
 * layer that is not there, or a list that is not shorter than the points in common
 */
export async function compareRankings(options: CompareOptions): Promise<ComparisonReport> {
  checkGiven("compareRankings", options, ["inputs", "persistence"]);
  return withSession({ memory: MEMORY }, async (session) => {
    const inputs: ComparisonReport["inputs"] = [];
    for (const [i, input] of options.inputs.entries())
      inputs.push({ name: input.name, points: await makeRanking(session, i, input, options) });
    const pairs: ComparisonReport["pairs"] = [];
    const warnings: string[] = [];
    for (const [a, b] of options.compared ?? everyTwo(inputs.length)) {
      pairs.push(await comparePair(session, [a, b], inputs, options));
      const [one, other] = [options.inputs[a], options.inputs[b]] as [RankingInput, RankingInput];
      append(warnings, await cautionsOf(one, other));
    }
    const { score, subset } = options;
    return { schema: "sslmem/compare@1", score, subset, inputs, pairs, warnings: [...new Set(warnings)] };
  });
}

/** Every input with every later one. */
const everyTwo = (n: number): Places[] =>
  Array.from({ length: n }, (_, a) =>
    Array.from({ length: n - a - 1 }, (_, i): Places => [a, a + 1 + i]),
  ).flat();

async function comparePair(
  session: Session,
  [a, b]: Places,
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
  const rows = await session.ask(
    `SELECT id, x, y FROM matched ORDER BY ${scatteredText("id")}, id LIMIT ${MOST_SHOWN}`,
  );
  let difference = 0;
  for (let i = 0; i < n; i++) difference += ((x[i] as number) - (y[i] as number)) / n;
  return {
    first: first.name,
    second: second.name,
    n,
    only_first: first.points - n,
    only_second: second.points - n,
    ...agreement(x, y, { top, persistence }),
    mean_difference: difference,
    scatter: {
      sampled: n > MOST_SHOWN,
      points: rows.map((row) => ({ id: String(row.id), first: row.x as number, second: row.y as number })),
    },
  };
}

/**
 * Kendall's tau-b, Spearman, Pearson and the rank-biased overlap of two scores of the same points (at least two), and what
 * their top lists have in common.
 *
 * @param top as in CompareOptions
 */
export function agreement(
  x: Float64Array,
  y: Float64Array,
  { top, persistence }: Pick<CompareOptions, "top" | "persistence">,
) {
  const [tau, rho, [byX, byY]] = [kendallTauB(x, y), spearman(x, y), descending(x, y)];
  return {
    kendall: { tau_b: finite(tau.value), p_two_sided: finite(tau.p_two_sided) },
    spearman: { rho: finite(rho.value), p_two_sided: finite(rho.p_two_sided) },
    pearson: finite(pearson(x, y)),
    rank_biased_overlap: { p: persistence, value: Math.min(1, rankBiasedOverlap(byX, byY, persistence)) },
    top: topLists([byX, byY], lengths(top, x.length)),
  };
}

/** What the lists of the k highest have in common, for each k below n, beside chance. Ties by place. */
function topLists(
  [byX, byY]: readonly [Uint32Array, Uint32Array],
  sizes: readonly number[],
): ComparisonReport["pairs"][number]["top"] {
  return sizes.map((k) => {
    const listed = new Set(byX.subarray(0, k));
    const common = byY.subarray(0, k).reduce((sum, i) => sum + (listed.has(i) ? 1 : 0), 0);
    return { k, common, ...topOverlap(byX.length, k, common) };
  });
}

const descending = (x: Float64Array, y: Float64Array): [Uint32Array, Uint32Array] => [
  sortedOrder(x.map((v) => -v)),
  sortedOrder(y.map((v) => -v)),
];

/** Shares as numbers of points, each once, ascending. Throws USAGE for a length asked for that is not below n. */
function lengths(top: readonly number[] | null, n: number): number[] {
  const whole = (top ?? TOP).map((k) => (k < 1 ? Math.round(k * n) : k));
  const wrong = whole.find((k) => k < 1 || k >= n);
  if (top !== null && wrong !== undefined)
    throw new SslMemError(
      "USAGE",
      `Expected lists of 1 to ${n - 1} for --top, since the rankings have ${n} points in common, but received ${wrong}.`,
    );
  return [...new Set(whole.filter((k) => k >= 1 && k < n))].sort((a, b) => a - b);
}

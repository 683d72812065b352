import { writeFile } from "node:fs/promises";
import { SslMemError } from "../errors.js";
import { fileList, query, replaceFile } from "../tables/index.js";
import { type Moments, tTest } from "./statistics/ttest.js";
import type { Analysis, KnnResult, Maybe, OutlierSummary, ScoredImage, SubsetSummary } from "./types.js";

const SUBSETS = ["shared", "candidate", "independent", "external"] as const;
const TESTS: readonly [string, string][] = [
  ["candidate", "external"],
  ["candidate", "shared"],
  ["candidate", "independent"],
  ["shared", "external"],
];
const LISTED = 10;

export interface AnalyzeOptions {
  /** Score parts, of all pairs. */
  parts: readonly string[];
  /** Ids of planted outliers (synthetic images), or null. */
  outlierIds: readonly string[] | null;
  knn: readonly KnnResult[];
  skipped: readonly { id: string; reason: string }[];
}

/**
 * Computes every figure of an audit from the score parts. The rows stay in the database: a point's scores are averaged
 * over the pairs there, and only sums, tests and the two lists come out.
 *
 * @throws SslMemError DATA when a part is missing or malformed, or a pair has not scored the same images as the others
 */
export async function analyze(options: AnalyzeOptions): Promise<Analysis> {
  const points = pointsSql(options.parts);
  const [counts] = await query(
    `WITH points AS (${points}) SELECT count(*)::DOUBLE AS images, coalesce(max(pairs), 0)::DOUBLE AS pairs,
     coalesce(min(pairs), 0)::DOUBLE AS least FROM points`,
  );
  if (counts === undefined || counts.images === 0)
    throw new SslMemError("DATA", "Expected scored images but the parts hold none.");
  if (counts.least !== counts.pairs) {
    throw new SslMemError(
      "DATA",
      `Expected every image under all ${counts.pairs} pairs but some have only ${counts.least}.`,
      "Run `sslmem score` again; it does the parts that are missing.",
    );
  }
  const moments = await momentsOf(points);
  const of = (subset: string) => moments.get(subset)?.sslmem ?? { n: 0, mean: Number.NaN, sd: Number.NaN };
  const present = SUBSETS.filter((subset) => moments.has(subset));
  const tests = TESTS.flatMap(([first, second]) =>
    (["student", "welch"] as const).map((kind) => tTest(kind, first, second, of(first), of(second))),
  ).filter(({ n }) => n[0] > 0 && n[1] > 0);
  const [above] = await query(
    `WITH points AS (${points}) SELECT avg((sslmem > 0)::INT) AS zero, avg((sslmem > 0.5)::INT) AS half
     FROM points WHERE subset = 'candidate'`,
  );
  // The sections of the schema that are not filled in yet come with the commits that compute them.
  const analysis = {
    schema: "sslmem/analysis@1",
    images: counts.images as number,
    pairs: counts.pairs as number,
    subsets: present.map((subset) => summary(subset, moments)),
    tests,
    candidates_above: { zero: (above?.zero as Maybe) ?? null, half: (above?.half as Maybe) ?? null },
    membership_auc: await aucSql(points, "subset = 'candidate'", "subset = 'external'"),
    most_memorized: await listed(points, "DESC", options.outlierIds),
    least_memorized: await listed(points, "ASC", options.outlierIds),
    outliers: options.outlierIds === null ? null : await outliers(points, options.outlierIds),
    knn: [...options.knn],
    skipped: [...options.skipped],
    why: {},
  } as unknown as Analysis;
  explainNulls(analysis, "", analysis.why);
  return analysis;
}

/** Writes analysis.json: complete or not at all. */
export async function writeAnalysis(path: string, analysis: Analysis): Promise<void> {
  await replaceFile(path, (temporary) => writeFile(temporary, `${JSON.stringify(analysis, null, 2)}\n`));
}

/** One row a point: scores averaged over the pairs, their spread, and the error of the average. */
function pointsSql(parts: readonly string[]): string {
  if (parts.length === 0)
    throw new SslMemError("DATA", "Expected score parts but received none.", "sslmem score");
  return `SELECT index, any_value(id) AS id, coalesce(any_value(subset), 'candidate') AS subset, count(*) AS pairs,
    avg(sslmem) AS sslmem, avg(memorization) AS memorization, stddev_samp(sslmem) AS pair_sd,
    sqrt(sum(se * se)) / count(se) AS se FROM read_parquet(${fileList(parts)}) GROUP BY index`;
}

interface SubsetMoments {
  sslmem: Moments;
  memorization: Moments;
}

async function momentsOf(points: string): Promise<Map<string, SubsetMoments>> {
  const rows = await query(
    `WITH points AS (${points}) SELECT subset, count(*)::DOUBLE AS n, avg(sslmem) AS mean, stddev_samp(sslmem) AS sd,
     avg(memorization) AS raw_mean, stddev_samp(memorization) AS raw_sd FROM points GROUP BY subset`,
  );
  const number = (value: unknown) => (typeof value === "number" ? value : Number.NaN);
  return new Map(
    rows.map((row) => {
      const n = number(row.n);
      const sslmem = { n, mean: number(row.mean), sd: number(row.sd) };
      return [
        String(row.subset),
        { sslmem, memorization: { n, mean: number(row.raw_mean), sd: number(row.raw_sd) } },
      ];
    }),
  );
}

function summary(subset: string, moments: Map<string, SubsetMoments>): SubsetSummary {
  const { sslmem, memorization } = moments.get(subset) as SubsetMoments;
  const external = moments.get("external")?.sslmem;
  const error = ({ n, sd }: Moments) => finite(sd / Math.sqrt(n));
  const same = subset === "external";
  const combined =
    external && Math.hypot(sslmem.sd / Math.sqrt(sslmem.n), external.sd / Math.sqrt(external.n));
  return {
    subset,
    n: sslmem.n,
    mean: finite(sslmem.mean),
    sd: finite(sslmem.sd),
    se: error(sslmem),
    memorization: { mean: finite(memorization.mean), sd: finite(memorization.sd), se: error(memorization) },
    relative: external
      ? { mean: finite(sslmem.mean - external.mean), se: same ? 0 : finite(combined as number) }
      : { mean: null, se: null },
  } as unknown as SubsetSummary;
}

const finite = (value: number): Maybe => (Number.isFinite(value) ? value : null);

/** P(first > second) + P(equal) / 2, from mid-ranks (the Mann–Whitney statistic over n m). */
async function aucSql(points: string, first: string, second: string): Promise<Maybe> {
  const [row] = await query(
    `WITH points AS (${points}), compared AS (SELECT (${first}) AS is_first, sslmem FROM points WHERE (${first}) OR (${second})),
     ranked AS (SELECT is_first, rank() OVER (ORDER BY sslmem) + (count(*) OVER (PARTITION BY sslmem) - 1) / 2.0 AS r FROM compared)
     SELECT sum(r) FILTER (is_first)::DOUBLE AS ranks, (count(*) FILTER (is_first))::DOUBLE AS n, (count(*) FILTER (NOT is_first))::DOUBLE AS m FROM ranked`,
  );
  const { ranks, n, m } = row as { ranks: number | null; n: number; m: number };
  return ranks === null || n === 0 || m === 0 ? null : (ranks - (n * (n + 1)) / 2) / (n * m);
}

/** Candidates when there are any, else whatever was scored: the first of the list, ties by index. */
async function listed(
  points: string,
  order: "ASC" | "DESC",
  outlierIds: readonly string[] | null,
): Promise<ScoredImage[]> {
  const planted = new Set(outlierIds ?? []);
  const rows = await query(
    `WITH points AS (${points}) SELECT index::DOUBLE AS index, id, sslmem, se, pair_sd, memorization FROM points
     WHERE subset = 'candidate' ORDER BY sslmem ${order}, index LIMIT ${LISTED}`,
  );
  return rows.map((row) => ({ ...row, outlier: planted.has(String(row.id)) }) as unknown as ScoredImage);
}

async function outliers(points: string, ids: readonly string[]): Promise<OutlierSummary> {
  const list =
    ids.length === 0 ? "false" : `id IN (${ids.map((id) => `'${id.replaceAll("'", "''")}'`).join(", ")})`;
  const rows = await query(
    `WITH points AS (${points}), ranked AS (SELECT ${list} AS planted, rank() OVER (ORDER BY sslmem DESC) AS r FROM points
     WHERE subset = 'candidate') SELECT planted, r::DOUBLE AS r FROM ranked ORDER BY r`,
  );
  const ranks = rows.filter((row) => row.planted === true).map((row) => row.r as number);
  const auc = await aucSql(
    points,
    `subset = 'candidate' AND ${list}`,
    `subset = 'candidate' AND NOT (${list})`,
  );
  return { n: ranks.length, others: rows.length - ranks.length, ranks, auc };
}

/** A null has its reason in `why`: always too few values, or values that do not vary. */
function explainNulls(value: unknown, path: string, why: Record<string, string>): void {
  if (value === null) {
    if (path === "outliers") why[path] = "the data set says of no image that it was planted";
    else if (path.endsWith("pair_sd")) why[path] = "one pair";
    else why[path] = "too few values, or values that do not vary";
  } else if (typeof value === "object" && path !== "why") {
    for (const [key, inner] of Object.entries(value as object))
      explainNulls(inner, path === "" ? key : `${path}.${key}`, why);
  }
}

import { SUBSETS } from "../data/subset-names.js";
import { finite } from "../statistics/estimate.js";
import type { Session } from "../tables/index.js";
import { separationOf, tabulate } from "./separation.js";
import type { Maybe, OutlierSummary, PairSummary, PointError, ScoredImage } from "./types.js";

const LISTED = 10;
const LISTED_COLUMNS = {
  index: "number",
  id: "string",
  label: "number?",
  sslmem: "number",
  se: "number?",
  pair_sd: "number?",
  error: "number?",
  low: "number?",
  high: "number?",
  relative: "number?",
  relative_low: "number?",
  relative_high: "number?",
  memorization: "number",
} as const;

/** The first candidates of the list, ties by index, with the intervals of their scores; out of view `ranking`. */
export async function listed(
  session: Session,
  order: "ASC" | "DESC",
  outlierIds: readonly string[] | null,
): Promise<ScoredImage[]> {
  const planted = new Set(outlierIds ?? []);
  const rows = await session.ask(
    `SELECT index::DOUBLE AS index, id, label, sslmem, se, pair_sd, error, low, high, relative::DOUBLE AS relative,
       relative_low::DOUBLE AS relative_low, relative_high::DOUBLE AS relative_high, memorization FROM ranking
     WHERE subset = 'candidate' ORDER BY sslmem ${order}, index LIMIT ${LISTED}`,
    LISTED_COLUMNS,
  );
  return rows.map((row) => ({ ...row, outlier: planted.has(row.id) }));
}

/** Where the planted outliers stand among the candidates. */
export async function outlierRanks(session: Session, ids: readonly string[]): Promise<OutlierSummary> {
  const list =
    ids.length === 0 ? "false" : `id IN (${ids.map((id) => `'${id.replaceAll("'", "''")}'`).join(", ")})`;
  const { total } = await session.askOne(
    "SELECT count(*)::DOUBLE AS total FROM points WHERE subset = 'candidate'",
    { total: "number" },
  );
  const [ranks] = (await session.columns(
    `WITH ranked AS (SELECT ${list} AS planted, rank() OVER (ORDER BY sslmem DESC) AS r FROM points
     WHERE subset = 'candidate') SELECT r::DOUBLE FROM ranked WHERE planted ORDER BY r`,
  )) as [Float64Array];
  await tabulate(
    session,
    "sslmem",
    `subset = 'candidate' AND ${list}`,
    `subset = 'candidate' AND NOT (${list})`,
  );
  const { auc } = await separationOf(session);
  return { n: ranks.length, others: total - ranks.length, ranks: [...ranks], auc: finite(auc) };
}

/** How exactly the points of each subset are known. */
export async function pointErrors(session: Session): Promise<PointError[]> {
  const spread = (column: string, as: string) =>
    `median(${column}) AS ${as}_median, quantile_cont(${column}, 0.9) AS ${as}_p90`;
  const rows = await session.ask(
    `SELECT subset, ${spread("se", "se")}, ${spread("pair_sd", "pair")},
       greatest(0, 1 - avg(se * se) / var_samp(sslmem)) AS reliability FROM points GROUP BY subset`,
  );
  return SUBSETS.flatMap((subset) => {
    const row = rows.find((r) => r.subset === subset) as Record<string, Maybe> | undefined;
    if (row === undefined) return [];
    const of = (as: string) => ({ median: row[`${as}_median`] ?? null, p90: row[`${as}_p90`] ?? null });
    return [
      { subset, views: of("se"), pairs: of("pair"), reliability: finite(row.reliability ?? Number.NaN) },
    ];
  });
}

/** The means of every pair, raw and relative to the external mean under the same pair. */
export async function pairSummaries(session: Session): Promise<PairSummary[]> {
  const rows = await session.ask(
    `SELECT pair, coalesce(subset, 'candidate') AS subset, count(*)::DOUBLE AS n, avg(sslmem) AS mean FROM scored
     GROUP BY ALL ORDER BY pair`,
    { pair: "number", subset: "string", n: "number", mean: "number" },
  );
  const pairs = [...new Set(rows.map(({ pair }) => pair))];
  return pairs.map((pair) => {
    const own = rows.filter((row) => row.pair === pair);
    const external = own.find(({ subset }) => subset === "external")?.mean ?? Number.NaN;
    const subsets = SUBSETS.flatMap((name) => own.filter(({ subset }) => subset === name)).map(
      ({ subset, n, mean }) => ({ subset, n, mean, relative: finite(mean - external) }),
    );
    return { pair, subsets };
  });
}

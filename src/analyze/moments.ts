import type { Moments } from "../statistics/ttest.js";
import type { CrossedMoments } from "../statistics/two-level.js";
import type { Session } from "../tables/index.js";

/** Count, mean and standard deviation of a subset's scores and losses. */
export interface SubsetMoments {
  sslmem: Moments;
  memorization: Moments;
  lf: Moments;
  lg: Moments;
  /** sslmem, and the raw score, as a table of points by pairs; null with one pair. */
  crossed: CrossedMoments | null;
  crossedRaw: CrossedMoments | null;
}

const MEASURES = ["sslmem", "memorization", "lf", "lg"] as const;

/** The moments of every subset that has points. */
export async function momentsBySubset(session: Session, pairs: number): Promise<Map<string, SubsetMoments>> {
  const columns = MEASURES.map((m) => `avg(${m}) AS ${m}_mean, stddev_samp(${m}) AS ${m}_sd`).join(", ");
  const rows = await session.ask(
    `SELECT subset, count(*)::DOUBLE AS n, ${columns} FROM points GROUP BY subset`,
  );
  const crossed = pairs > 1 ? await crossedMoments(session, "sslmem", pairs) : null;
  const crossedRaw = pairs > 1 ? await crossedMoments(session, "memorization", pairs) : null;
  const number = (value: unknown) => (typeof value === "number" ? value : Number.NaN);
  return new Map(
    rows.map((row) => {
      const of = (m: string): Moments => ({
        n: number(row.n),
        mean: number(row[`${m}_mean`]),
        sd: number(row[`${m}_sd`]),
      });
      const all = Object.fromEntries(MEASURES.map((m) => [m, of(m)])) as Record<
        (typeof MEASURES)[number],
        Moments
      >;
      const name = String(row.subset);
      return [
        name,
        { ...all, crossed: crossed?.get(name) ?? null, crossedRaw: crossedRaw?.get(name) ?? null },
      ];
    }),
  );
}

/** Sums of squares of the two-way table of points by pairs, by subset. */
async function crossedMoments(
  session: Session,
  measure: string,
  pairs: number,
): Promise<Map<string, CrossedMoments>> {
  const rows = await session.ask(
    `WITH x AS (SELECT coalesce(subset, 'candidate') AS subset, index, pair, ${measure} AS x FROM scored),
     by_pair AS (SELECT subset, pair, avg(x) AS mean FROM x GROUP BY subset, pair),
     by_point AS (SELECT subset, index, avg(x) AS mean FROM x GROUP BY subset, index),
     whole AS (SELECT subset, avg(x) AS mean FROM x GROUP BY subset),
     rest AS (SELECT subset, sum((x.x - by_pair.mean - by_point.mean + whole.mean) ** 2) AS squares FROM x
       JOIN by_pair USING (subset, pair) JOIN by_point USING (subset, index) JOIN whole USING (subset) GROUP BY subset),
     points AS (SELECT subset, count(*)::DOUBLE AS n, var_samp(mean) AS v FROM by_point GROUP BY subset)
     SELECT subset, n, v, squares, (SELECT list(mean ORDER BY pair) FROM by_pair b WHERE b.subset = points.subset) AS means
     FROM points JOIN rest USING (subset)`,
    { subset: "string", n: "number", v: "number?", squares: "number", means: "number[]" },
  );
  return new Map(
    rows.map(({ subset, n, means, v, squares }) => [
      subset,
      { n, means, pointVariance: v ?? Number.NaN, residual: squares / ((n - 1) * (pairs - 1)) },
    ]),
  );
}

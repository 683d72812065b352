import { query } from "../../tables/index.js";
import type { Comparison } from "../schema.js";

/** The k of the overlap, as shares of the images. */
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.5];
const DRAWN = 300;

/** SQL that gives the images that are candidates in both runs: id and both scores. */
function joined(first: string, second: string): string {
  return `SELECT a.id AS id, a.sslmem AS x, b.sslmem AS y FROM (${first}) a JOIN (${second}) b USING (id)
    WHERE a.subset = 'candidate' AND b.subset = 'candidate'`;
}

/**
 * How two runs rank their common candidates.
 *
 * @param first, second SQL of one row a scored image, with id, subset and sslmem
 */
export async function agreementOf(first: string, second: string): Promise<Comparison["agreement"]> {
  const both = joined(first, second);
  const [row] = await query(
    `WITH common AS (${both}), ranked AS (SELECT x, y,
       rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2.0 AS rx,
       rank() OVER (ORDER BY y) + (count(*) OVER (PARTITION BY y) - 1) / 2.0 AS ry FROM common)
     SELECT count(*)::DOUBLE AS n, corr(rx, ry) AS spearman, corr(x, y) AS pearson FROM ranked`,
  );
  const n = (row?.n as number | undefined) ?? 0;
  const finite = (value: unknown) =>
    typeof value === "number" && Number.isFinite(value) && n > 2 ? value : null;
  const sizes = [...new Set(SHARES.map((share) => Math.round(share * n)))].filter((k) => k > 0 && k < n);
  const overlap: Comparison["agreement"]["overlap"] = [];
  for (const k of sizes) {
    const [found] = await query(
      `WITH common AS (${both}), ranked AS (SELECT row_number() OVER (ORDER BY x DESC, id) AS rx,
         row_number() OVER (ORDER BY y DESC, id) AS ry FROM common)
       SELECT count(*)::DOUBLE AS shared FROM ranked WHERE rx <= ${k} AND ry <= ${k}`,
    );
    const shared = found?.shared as number;
    overlap.push({ k, both: shared, share: shared / k, chance: (k * k) / n, chanceShare: k / n });
  }
  return { n, spearman: finite(row?.spearman), pearson: finite(row?.pearson), overlap };
}

/** At most 300 of the common candidates, by the hash of their id. */
export async function commonPoints(first: string, second: string): Promise<Comparison["scatter"]> {
  const rows = await query(
    `SELECT id, x AS first, y AS second, count(*) OVER ()::DOUBLE AS total FROM (${joined(first, second)})
     QUALIFY row_number() OVER (ORDER BY hash(id), id) <= ${DRAWN} ORDER BY id`,
  );
  return {
    points: rows.map(({ total: _, ...point }) => point as unknown as Comparison["scatter"]["points"][number]),
    of: (rows[0]?.total as number | undefined) ?? 0,
  };
}

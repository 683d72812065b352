import { agreement, PERSISTENCE } from "../../analyze/compare-rankings.js";
import { query, scatteredText, typedRows, withSession } from "../../tables/index.js";
import type { Comparison } from "../report-schema.js";

/** Fewer images have no ranking to speak of. */
const FEWEST = 3;
const DRAWN = 300;

/** SQL that gives the images that are candidates in both runs: id and both scores. */
function joined(first: string, second: string): string {
  return `SELECT a.id AS id, a.sslmem AS x, b.sslmem AS y FROM (${first}) a JOIN (${second}) b USING (id)
    WHERE a.subset = 'candidate' AND b.subset = 'candidate'`;
}

/**
 * How two runs rank their common candidates, as `sslmem compare` says it; null with fewer than three.
 *
 * @param first, second SQL of one row a scored image, with id, subset and sslmem
 */
export async function agreementOf(first: string, second: string): Promise<Comparison["agreement"]> {
  const [x, y] = await withSession({ memory: "2GB" }, async (session) => {
    const [_, xs, ys] = await session.columns(
      `SELECT row_number() OVER (ORDER BY id) AS place, x, y FROM (${joined(first, second)}) ORDER BY place`,
    );
    return [xs, ys] as [Float64Array, Float64Array];
  });
  if (x.length < FEWEST) return null;
  return { n: x.length, ...agreement(x, y, { top: null, persistence: PERSISTENCE }) };
}

/** At most 300 of the common candidates, scattered by their id. */
export async function commonPoints(first: string, second: string): Promise<Comparison["scatter"]> {
  const found = await query(
    `SELECT id, x AS first, y AS second, count(*) OVER ()::DOUBLE AS total FROM (${joined(first, second)})
     QUALIFY row_number() OVER (ORDER BY ${scatteredText("id")}, id) <= ${DRAWN} ORDER BY id`,
  );
  const rows = typedRows(found, { id: "string", first: "number", second: "number", total: "number" });
  return { points: rows.map(({ total: _, ...point }) => point), of: rows[0]?.total ?? 0 };
}

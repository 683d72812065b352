import { inOrder } from "../../data/subset-names.js";
import { query, scattered, typedRows } from "../../tables/index.js";
import type { Report } from "../report-schema.js";

const EACH = 100;

/**
 * At most 100 images of every subset, scattered by their index: the same ones each time, and nothing to do with
 * their score.
 *
 * @param points SQL that gives one row a scored image, with index, id, subset, lf, lg, sslmem
 */
export async function scatterOf(points: string): Promise<Report["scatter"]> {
  const found = await query(
    `SELECT id, subset, lf, lg, sslmem, count(*) OVER ()::DOUBLE AS total FROM (${points})
     QUALIFY row_number() OVER (PARTITION BY subset ORDER BY ${scattered("index")}, index) <= ${EACH} ORDER BY index`,
  );
  const rows = typedRows(found, {
    id: "string",
    subset: "string",
    lf: "number",
    lg: "number",
    sslmem: "number",
    total: "number",
  });
  return { points: inOrder(rows.map(({ total: _, ...point }) => point)), of: rows[0]?.total ?? 0 };
}

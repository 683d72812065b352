import { fileList, query, typedRows } from "../tables/index.js";
import type { TopImage } from "./localization-schema.js";

const LISTED_IMAGES = 10;

/**
 * The candidates that most units of f respond to more than to any other candidate (the paper's table 12 counts the units
 * whose μ_max an image owns), and how many units of g do, which was not trained on them. Dead units do not count.
 */
export async function topImages(unitsPath: string, imagesPath: string): Promise<TopImage[]> {
  const rows = await query(
    `WITH owned AS (SELECT i.encoder AS encoder, i.index AS index, i.id AS id, u.unitmem AS unitmem
       FROM read_parquet(${fileList(imagesPath)}) i JOIN read_parquet(${fileList(unitsPath)}) u
       ON i.pair = u.pair AND i.encoder = u.encoder AND i.subset = u.subset AND i.position = u.position AND i.unit = u.unit
       WHERE i.subset = 'candidate' AND i.rank = 1 AND u.maximum <> 0)
     SELECT index::DOUBLE AS index, any_value(id) AS id, (count(*) FILTER (encoder = 'f'))::DOUBLE AS units_f,
     (count(*) FILTER (encoder = 'g'))::DOUBLE AS units_g, max(unitmem) FILTER (encoder = 'f') AS unitmem
     FROM owned GROUP BY index HAVING units_f > 0 ORDER BY units_f DESC, index LIMIT ${LISTED_IMAGES}`,
  );
  return typedRows(rows, {
    index: "number",
    id: "string",
    units_f: "number",
    units_g: "number",
    unitmem: "number?",
  });
}

import type { Maybe } from "../statistics/types.js";
import { fileList, type QueryValue, query, typedRows } from "../tables/index.js";
import type { TopImage, TopUnit, UnitLayerSummary } from "./localization-schema.js";

const LISTED_UNITS = 10;
const LISTED_IMAGES = 10;

const maybe = (value: QueryValue | undefined): Maybe =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

/** UnitMem and ClassMem over the units of every layer, out of units.parquet, all pairs together. */
export async function unitSummaries(
  path: string,
  imagesOf: (subset: string) => number,
): Promise<UnitLayerSummary[]> {
  const scores = ["unitmem", "unitmem_median", "classmem"] as const;
  const rows = await query(
    `WITH units AS (SELECT * FROM read_parquet(${fileList(path)})), other AS (SELECT pair, encoder, position, unit,
       CASE subset WHEN 'candidate' THEN 'external' ELSE 'candidate' END AS subset, maximum AS rival FROM units)
     SELECT layer, position::DOUBLE AS position, encoder, subset, count(*)::DOUBLE AS units,
     (count(*) FILTER (maximum = 0))::DOUBLE AS dead, (count(*) FILTER (unitmem IS NULL))::DOUBLE AS undefined,
     avg(CASE WHEN maximum = rival THEN 0.5 ELSE ((maximum > rival) = (subset = 'candidate'))::DOUBLE END) AS candidate_first,
     ${scores.map((s) => `avg(${s}) AS ${s}_mean, median(${s}) AS ${s}_middle, max(${s}) AS ${s}_max`).join(", ")}
     FROM units LEFT JOIN other USING (pair, encoder, position, unit, subset) GROUP BY layer, position, encoder, subset ORDER BY position, encoder, subset`,
  );
  const typed = typedRows(rows, {
    layer: "string",
    position: "number",
    encoder: "string",
    subset: "string",
    units: "number",
    dead: "number",
    undefined: "number",
    candidate_first: "number?",
  });
  return typed.map(({ layer, position, encoder, subset, units, dead, undefined: none, ...rest }, i) => {
    const row = rows[i] as Record<string, QueryValue>;
    const of = (score: (typeof scores)[number]) => ({
      mean: maybe(row[`${score}_mean`]),
      median: maybe(row[`${score}_middle`]),
      maximum: maybe(row[`${score}_max`]),
    });
    return {
      layer,
      position,
      encoder: encoder as "f" | "g",
      subset,
      images: imagesOf(subset),
      units,
      dead,
      undefined: none,
      unitmem: of("unitmem"),
      unitmem_median: of("unitmem_median"),
      classmem: row.classmem_mean === null ? null : of("classmem"),
      candidate_first: maybe(rest.candidate_first),
    };
  });
}

/** The units of f with the largest UnitMem over the candidates, and the images they are about. */
export async function topUnits(unitsPath: string, imagesPath: string): Promise<TopUnit[]> {
  const rows = await query(
    `WITH chosen AS (SELECT * FROM read_parquet(${fileList(unitsPath)}) WHERE encoder = 'f' AND subset = 'candidate'
       AND unitmem IS NOT NULL ORDER BY unitmem DESC, position DESC, unit, pair LIMIT ${LISTED_UNITS})
     SELECT c.pair, c.layer, c.position, c.unit, c.unitmem, c.unitmem_median, c.classmem,
     list(i.index::DOUBLE ORDER BY i.rank) AS indices, list(i.id ORDER BY i.rank) AS ids, list(i.activation ORDER BY i.rank) AS activations
     FROM chosen c JOIN read_parquet(${fileList(imagesPath)}) i ON i.pair = c.pair AND i.encoder = c.encoder AND
     i.subset = c.subset AND i.position = c.position AND i.unit = c.unit
     GROUP BY ALL ORDER BY c.unitmem DESC, c.position DESC, c.unit, c.pair`,
  );
  const typed = typedRows(rows, {
    pair: "number",
    layer: "string",
    position: "number",
    unit: "number",
    unitmem: "number",
    unitmem_median: "number?",
    classmem: "number?",
    indices: "number[]",
    ids: "string[]",
    activations: "number[]",
  });
  return typed.map(({ indices, ids, activations, ...unit }) => ({
    ...unit,
    images: indices.map((index, i) => ({
      index,
      id: ids[i] as string,
      activation: activations[i] as number,
    })),
  }));
}

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

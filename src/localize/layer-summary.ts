import { finite } from "../statistics/estimate.js";
import { kendallTauB } from "../statistics/rank-correlation.js";
import type { Maybe } from "../statistics/types.js";
import { fileList, query, type TypedRow, typedRows } from "../tables/index.js";
import type { LayerSize } from "./capture.js";
import type { LayerOverlap, LayerSummary } from "./localization-schema.js";

/** Candidates in the "most" and "least" groups of the paper's table 1; fewer in small sets. */
const EXTREMES = 50;
/** Length of the rankings whose overlap is taken, as in the paper's table 3; fewer in small sets. */
const RANKED = 100;

/** Scores of an image at a layer, averaged over the pairs. */
const points = (path: string) =>
  `points AS (SELECT position, layer, index, any_value(id) AS id, coalesce(any_value(subset), 'candidate') AS subset,
   avg(sslmem) AS sslmem FROM read_parquet(${fileList(path)}) GROUP BY position, layer, index)`;

/** LayerMem, its increments and its extremes at every layer, out of layers.parquet. Nothing but sums leaves the database. */
export async function layerSummaries(path: string, layers: readonly LayerSize[]): Promise<LayerSummary[]> {
  const found = await query(
    `WITH ${points(path)} SELECT p.position::DOUBLE AS position, p.subset AS subset, count(*)::DOUBLE AS n,
     avg(p.sslmem) AS mean, stddev_samp(p.sslmem) AS sd, avg(p.sslmem - before.sslmem) AS increment,
     stddev_samp(p.sslmem - before.sslmem) AS increment_sd
     FROM points p LEFT JOIN points before ON before.index = p.index AND before.position = p.position - 1
     GROUP BY p.position, p.subset ORDER BY p.position, p.subset`,
  );
  const rows = typedRows(found, LAYER_ROW);
  const last = layers.length - 1;
  const ranked = await query(
    `WITH ${points(path)}, ranked AS (SELECT index, row_number() OVER (ORDER BY sslmem DESC, index) AS up,
       row_number() OVER (ORDER BY sslmem, index) AS down, count(*) OVER () AS n
       FROM points WHERE position = ${last} AND subset = 'candidate'),
     sized AS (SELECT *, least(${EXTREMES}, n // 2) AS k FROM ranked)
     SELECT position::DOUBLE AS position, any_value(k)::DOUBLE AS k, avg(sslmem) FILTER (up <= k) AS most,
     avg(sslmem) FILTER (down <= k) AS least FROM points JOIN sized USING (index) GROUP BY position`,
  );
  const extremes = typedRows(ranked, {
    position: "number",
    k: "number",
    most: "number?",
    least: "number?",
  });
  return layers.map(({ layer, dim, units }, position) => {
    const here = rows.filter((row) => row.position === position);
    const external = here.find(({ subset }) => subset === "external");
    const at = extremes.find((row) => row.position === position);
    return {
      layer,
      position,
      dim,
      units,
      subsets: here.map((row) => subsetSummary(row, external, position)),
      extremes: { n: at?.k ?? 0, most: maybe(at?.most), least: maybe(at?.least) },
    };
  });
}

const LAYER_ROW = {
  position: "number",
  subset: "string",
  n: "number",
  mean: "number",
  sd: "number?",
  increment: "number?",
  increment_sd: "number?",
} as const;
type Row = TypedRow<typeof LAYER_ROW>;
const maybe = (value: Maybe | undefined): Maybe => finite(value ?? Number.NaN);
const error = (sd: Maybe, n: number): Maybe => (sd === null ? null : sd / Math.sqrt(n));

function subsetSummary(row: Row, external: Row | undefined, position: number) {
  const se = error(row.sd, row.n);
  const externalSe = external === undefined ? null : error(external.sd, external.n);
  const isExternal = row === external;
  return {
    subset: row.subset,
    n: row.n,
    mean: maybe(row.mean),
    sd: maybe(row.sd),
    se,
    increment: position === 0 ? null : { mean: maybe(row.increment), se: error(row.increment_sd, row.n) },
    relative:
      external === undefined
        ? null
        : {
            mean: row.mean - external.mean,
            se: isExternal ? 0 : se === null || externalSe === null ? null : Math.hypot(se, externalSe),
          },
  };
}

/** Overlap of the k most memorised candidates, and rank correlation of all, between every two layers. */
export async function layerOverlaps(path: string, layers: readonly LayerSize[]): Promise<LayerOverlap[]> {
  const overlaps = await query(
    `WITH ${points(path)}, ranked AS (SELECT position, index, count(*) OVER (PARTITION BY position) AS n,
       row_number() OVER (PARTITION BY position ORDER BY sslmem DESC, index) AS rank FROM points WHERE subset = 'candidate'),
     top AS (SELECT *, greatest(1, least(${RANKED}, n // 5)) AS k FROM ranked),
     kept AS (SELECT * FROM top WHERE rank <= k)
     SELECT a.position::DOUBLE AS first, b.position::DOUBLE AS second, any_value(a.k)::DOUBLE AS k,
     any_value(a.n)::DOUBLE AS n, (count(*) FILTER (a.index = b.index))::DOUBLE AS common
     FROM kept a JOIN kept b ON a.position < b.position GROUP BY a.position, b.position ORDER BY 1, 2`,
  );
  const scores = await query(
    `WITH ${points(path)} SELECT list(sslmem ORDER BY index) AS scores FROM points
     WHERE subset = 'candidate' GROUP BY position ORDER BY position`,
  );
  const ranked = typedRows(scores, { scores: "number[]" }).map((row) => Float64Array.from(row.scores));
  const name = (position: number) => (layers[position] as LayerSize).layer;
  const rows = typedRows(overlaps, {
    first: "number",
    second: "number",
    k: "number",
    n: "number",
    common: "number",
  });
  return rows.map(({ first, second, k, n, common }) => ({
    ...correlation(ranked[first] as Float64Array, ranked[second] as Float64Array),
    first: name(first),
    second: name(second),
    k,
    shared: common / k,
    chance: k / n,
  }));
}

function correlation(a: Float64Array, b: Float64Array): { tau: Maybe; tau_p: Maybe } {
  const { value, p_two_sided } = kendallTauB(a, b);
  return { tau: maybe(value), tau_p: maybe(p_two_sided) };
}

/**
 * How steadily LayerMem grows with depth: Kendall's tau-b between a layer's place and the candidates' LayerMem, raw and
 * minus that of the external images; 1 if every layer memorises more than the one before. Null where it is not defined.
 * The paper's tables (arXiv 2409.19069) all have tau near 1.
 */
export function depthTrend(layers: readonly LayerSummary[]): { raw: Maybe; relative: Maybe } {
  const candidates = layers.map(({ subsets }) => subsets.find(({ subset }) => subset === "candidate"));
  const tau = (values: readonly (number | null | undefined)[]): Maybe => {
    const known = values.filter((value) => typeof value === "number");
    if (values.length < 2 || known.length < values.length) return null;
    return finite(kendallTauB(Float64Array.from(known.keys()), Float64Array.from(known)).value);
  };
  return {
    raw: tau(candidates.map((one) => one?.mean)),
    relative: tau(candidates.map((one) => one?.relative?.mean)),
  };
}

import { query } from "../tables/index.js";
import type { Maybe, RangeScaled } from "./types.js";

/**
 * The score in the form of the paper's code: memorization / (max − min), the range taken over the scored images (design,
 * section 2). It depends on which images were scored, so it is given only when asked for.
 *
 * @param points SQL of one row a point with `subset` and `memorization`
 * @returns means and standard deviations by subset, in [−1, 1]; null where no two images differ
 */
export async function rangeScaled(points: string): Promise<RangeScaled> {
  const [extremes] = await query(
    `WITH points AS (${points}) SELECT min(memorization) AS least, max(memorization) AS most FROM points`,
  );
  const { least, most } = extremes as { least: number; most: number };
  const range = most - least;
  const rows = await query(
    `WITH points AS (${points}) SELECT subset, avg(memorization) AS mean, stddev_samp(memorization) AS sd
     FROM points GROUP BY subset ORDER BY subset`,
  );
  const scaled = (value: unknown): Maybe => (typeof value === "number" && range > 0 ? value / range : null);
  return {
    range,
    subsets: rows.map(({ subset, mean, sd }) => ({
      subset: String(subset),
      mean: scaled(mean),
      sd: scaled(sd),
    })),
  };
}

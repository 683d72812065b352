import { finite } from "../statistics/estimate.js";
import { double, type Session } from "../tables/index.js";
import type { RangeScaled } from "./types.js";

/**
 * The score in the form of the paper's code: memorization / (max − min), the range taken over the scored images (design,
 * section 2). It depends on which images were scored, so it is given only when asked for. Works on the table `points`.
 *
 * @returns means and standard deviations by subset, in [−1, 1]; null where no two images differ
 */
export async function rangeScaled(session: Session): Promise<RangeScaled> {
  const [range] = await session.ask("SELECT max(memorization) - min(memorization) AS value FROM points");
  const width = Number(range?.value);
  const rows = await session.ask(
    `SELECT subset, avg(memorization) / ${double(width)} AS mean, stddev_samp(memorization) / ${double(width)} AS sd
     FROM points GROUP BY subset ORDER BY subset`,
  );
  return {
    range: width,
    subsets: rows.map(({ subset, mean, sd }) => ({
      subset: String(subset),
      mean: finite(mean === null ? Number.NaN : Number(mean)),
      sd: finite(sd === null ? Number.NaN : Number(sd)),
    })),
  };
}

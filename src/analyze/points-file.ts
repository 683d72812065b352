import { replaceFile } from "../files/index.js";
import { halfWidth } from "../statistics/tails.js";
import type { Moments } from "../statistics/ttest.js";
import { double, literal, type Session } from "../tables/index.js";

/** Columns of points.parquet, in order. */
const COLUMNS =
  "index, id, subset, label, pairs, sslmem, memorization, lf, lg, se, pair_sd, error, low, high, relative, relative_low, relative_high, rank";

/**
 * Makes view `ranking`: the points with the interval of each score, the score minus the external mean with the
 * interval of both errors together, and the rank in the subset (1 = most memorised, ties by index).
 *
 * @param df degrees of freedom of a point's error
 */
export async function makeRanking(session: Session, external: Moments | null, df: number): Promise<void> {
  const half = double(halfWidth(df));
  const offset = external === null ? "NULL" : double(external.mean);
  // One external image has no spread: the error of its mean is not known, and neither is the interval.
  const offsetError =
    external === null || external.n < 2 ? "NULL" : double(external.sd / Math.sqrt(external.n));
  await session.ask(
    `CREATE TEMP VIEW ranking AS SELECT *, sslmem - ${half} * error AS low, sslmem + ${half} * error AS high,
       sslmem - ${offset} AS relative,
       sslmem - ${offset} - ${half} * sqrt(error * error + ${offsetError} * ${offsetError}) AS relative_low,
       sslmem - ${offset} + ${half} * sqrt(error * error + ${offsetError} * ${offsetError}) AS relative_high,
       row_number() OVER (PARTITION BY subset ORDER BY sslmem DESC, index) AS rank FROM point_errors`,
  );
}

/** Writes every point with what is known of it as points.parquet, by index: complete or not at all. */
export async function writePoints(session: Session, path: string): Promise<void> {
  await replaceFile(path, async (temporary) => {
    await session.ask(
      `COPY (SELECT ${COLUMNS} FROM ranking ORDER BY index) TO ${literal(temporary)} (FORMAT parquet, USE_TMP_FILE false, KV_METADATA {schema: 'sslmem/points@1'})`,
    );
  });
}

import { discoveries } from "../statistics/many-tests.js";
import { tTail } from "../statistics/tails.js";
import type { Moments } from "../statistics/ttest.js";
import { double, type Session } from "../tables/index.js";
import type { SubsetMoments } from "./moments.js";
import type { SubsetSummary } from "./types.js";

/** False discovery rate. */
export const ALPHA = 0.05;

/**
 * Makes view `point_errors`: the points with `error`, the standard error of each score. Over views it is the jackknife's; with
 * several pairs the residual variance over pairs (point by point, pooled over the subset) divided by their number is
 * added. With one pair nothing can be said of what another pair would give; the external images show it.
 */
export async function makePointErrors(
  session: Session,
  moments: ReadonlyMap<string, SubsetMoments>,
): Promise<void> {
  const cases = [...moments].flatMap(([subset, { crossed }]) =>
    crossed === null || !Number.isFinite(crossed.residual)
      ? []
      : [`WHEN '${subset}' THEN ${double(crossed.residual / crossed.means.length)}`],
  );
  const extra = cases.length === 0 ? "0" : `CASE subset ${cases.join(" ")} ELSE 0 END`;
  await session.ask(
    `CREATE TEMP VIEW point_errors AS SELECT *, sqrt(se * se + ${extra}) AS error FROM points`,
  );
}

/**
 * How many points of a subset are above 0, above the external mean, and beyond the external images, at a false discovery
 * rate of 5 % (Benjamini and Hochberg 1995). The last by conformal p-values (1 + external images at or above) / (m + 1)
 * (Bates et al. 2023), which hold whatever the scores' errors are; an external image is compared with the others.
 */
export async function discoveriesOf(
  session: Session,
  subset: string,
  external: Moments | null,
  df: number,
): Promise<SubsetSummary["discoveries"]> {
  const isIn = `subset = '${subset}'`;
  const count = async (expression: string) => {
    const [t] = (await session.columns(
      `SELECT ${expression} AS t FROM point_errors WHERE ${isIn} AND error > 0 ORDER BY t DESC`,
    )) as [Float64Array];
    return discoveries(t.length, (i) => tTail(t[i] as number, df), ALPHA);
  };
  const { total } = await session.askOne(`SELECT count(*)::DOUBLE AS total FROM points WHERE ${isIn}`, {
    total: "number",
  });
  const found = (n: number | null) => ({ n: n ?? 0, share: n === null ? null : n / total });
  const aboveZero = await count("sslmem / error");
  if (external === null || external.n < 2)
    return {
      alpha: ALPHA,
      above_zero: found(aboveZero),
      above_external_mean: found(null),
      beyond_external: found(null),
    };
  const meanError = external.sd / Math.sqrt(external.n);
  const aboveMean = await count(
    `(sslmem - ${double(external.mean)}) / sqrt(error * error + ${double(meanError * meanError)})`,
  );
  return {
    alpha: ALPHA,
    above_zero: found(aboveZero),
    above_external_mean: found(aboveMean),
    beyond_external: found(await beyondExternal(session, subset)),
  };
}

async function beyondExternal(session: Session, subset: string): Promise<number> {
  const descending = async (name: string) => {
    const sql = `SELECT sslmem FROM points WHERE subset = '${name}' ORDER BY sslmem DESC`;
    return (await session.columns(sql))[0] as Float64Array;
  };
  const scores = await descending(subset);
  const external = await descending("external");
  const p = new Float64Array(scores.length);
  let atOrAbove = 0;
  for (let i = 0; i < scores.length; i++) {
    while (atOrAbove < external.length && (external[atOrAbove] as number) >= (scores[i] as number))
      atOrAbove += 1;
    // An external image is among those at or above itself, and not among its m − 1 others.
    p[i] = subset === "external" ? atOrAbove / external.length : (1 + atOrAbove) / (external.length + 1);
  }
  return discoveries(p.length, (i) => p[i] as number, ALPHA);
}

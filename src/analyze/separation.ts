import { finite } from "../statistics/estimate.js";
import { kolmogorovTail, normalTail } from "../statistics/tails.js";
import { halfOf, type Session } from "../tables/index.js";
import type { Comparison } from "./types.js";

/** Rank statistics of a first group against a second one. */
export interface Separation {
  n: [number, number];
  /** P(first > second) + P(equal) / 2; its error by DeLong. NaN where a group is empty. */
  auc: number;
  aucError: number;
  mannWhitney: Comparison["mann_whitney"];
  kolmogorovSmirnov: Comparison["kolmogorov_smirnov"];
}

/**
 * Makes table `separation`: for each different value x of `expression` the members (na) and others (nb) that have it and
 * those at or below it (ca, cb), the same for the two halves of a fixed division of the images.
 *
 * @param first, second SQL conditions on the columns of `points` @param expression what is compared
 */
export async function tabulate(
  session: Session,
  expression: string,
  first: string,
  second: string,
): Promise<void> {
  await session.ask(
    `CREATE OR REPLACE TEMP TABLE separation AS WITH
     c AS (SELECT ${expression} AS x, (${first}) AS a, ${halfOf("index")} AS h FROM points WHERE (${first}) OR (${second})),
     g AS (SELECT x, count(*) FILTER (a) AS na, count(*) FILTER (NOT a) AS nb, count(*) FILTER (a AND h = 0) AS na0,
       count(*) FILTER (NOT a AND h = 0) AS nb0 FROM c GROUP BY x)
     SELECT x, na::DOUBLE AS na, nb::DOUBLE AS nb, (sum(na) OVER o)::DOUBLE AS ca, (sum(nb) OVER o)::DOUBLE AS cb,
       (sum(na0) OVER o)::DOUBLE AS ca0, (sum(nb0) OVER o)::DOUBLE AS cb0 FROM g
     WINDOW o AS (ORDER BY x ROWS UNBOUNDED PRECEDING) ORDER BY x`,
  );
}

/**
 * Rank statistics out of table `separation`. Mann–Whitney's p: normal approximation with ties and continuity correction
 * (as SciPy's "asymptotic"); Kolmogorov–Smirnov's: Kolmogorov's limit with Stephens' (1970) small-sample factor.
 */
export async function separationOf(session: Session): Promise<Separation> {
  const { a, b } = await session.askOne(
    "SELECT coalesce(max(ca), 0)::DOUBLE AS a, coalesce(max(cb), 0)::DOUBLE AS b FROM separation",
    { a: "number", b: "number" },
  );
  if (a === 0 || b === 0) return empty(a, b);
  const { auc, sa, sb, ties, d } = await session.askOne(
    `WITH p AS (SELECT na, nb, (cb - nb / 2) / ${b} AS pa, (${a} - ca + na / 2) / ${a} AS pb, ca / ${a} - cb / ${b} AS d FROM separation),
     means AS (SELECT sum(na * pa) / ${a} AS auc, sum(nb * pb) / ${b} AS auc2 FROM p)
     SELECT any_value(auc) AS auc, sum(na * (pa - auc) ** 2) AS sa, sum(nb * (pb - auc2) ** 2) AS sb,
       max(abs(d)) AS d, sum((na + nb) ** 3 - (na + nb)) AS ties FROM p, means`,
    { auc: "number", sa: "number", sb: "number", d: "number", ties: "number" },
  );
  const aucError = Math.sqrt(sa / (a - 1) / a + sb / (b - 1) / b);
  const u = auc * a * b;
  const total = a + b;
  const sd = Math.sqrt(((a * b) / 12) * (total + 1 - ties / (total * (total - 1))));
  const z = (u - (a * b) / 2) / sd;
  const en = Math.sqrt((a * b) / total);
  return {
    n: [a, b],
    auc,
    aucError,
    mannWhitney: {
      u: finite(u),
      z: finite(z),
      p_two_sided: sd > 0 ? Math.min(1, 2 * normalTail(Math.abs(z) - 0.5 / sd)) : null,
      p_greater: sd > 0 ? normalTail(z - 0.5 / sd) : null,
    },
    kolmogorovSmirnov: { d, p_two_sided: kolmogorovTail((en + 0.12 + 0.11 / en) * d) },
  };
}

function empty(a: number, b: number): Separation {
  return {
    n: [a, b],
    auc: Number.NaN,
    aucError: Number.NaN,
    mannWhitney: { u: null, z: null, p_two_sided: null, p_greater: null },
    kolmogorovSmirnov: { d: null, p_two_sided: null },
  };
}

import beta from "@stdlib/random-base-beta";
import { binomialSampler } from "../statistics/binomial.js";
import { percentileInterval, RESAMPLES } from "../statistics/bootstrap.js";
import { aucEstimate } from "../statistics/effect.js";
import { estimateOf, finite, UNDEFINED } from "../statistics/estimate.js";
import { halfWidth } from "../statistics/tails.js";
import { uniformStream } from "../statistics/uniform-stream.js";
import type { Session } from "../tables/index.js";
import { type Separation, separationOf, tabulate } from "./separation.js";
import type { Estimate, Membership } from "./types.js";

const FALSE_POSITIVE_RATES = [0.001, 0.01];
const isIn = (subsets: readonly string[]) => `subset IN (${subsets.map((s) => `'${s}'`).join(", ")})`;

/** What is tried: who is told from whom, by what; `sql` grows with membership. */
const VIEWS = [
  { score: "sslmem", sql: "sslmem", members: ["candidate"], others: ["external"] },
  { score: "memorization", sql: "memorization", members: ["candidate"], others: ["external"] },
  { score: "alignment_f", sql: "-lf", members: ["candidate"], others: ["external"] },
  { score: "alignment_f", sql: "-lf", members: ["shared", "candidate"], others: ["independent", "external"] },
] as const;

/**
 * The membership view: how well members of f's training set are told from images that it has not seen, by the score and by
 * f's alignment alone (the threshold attack of EncoderMI, Liu et al. 2021).
 */
export async function memberships(session: Session, seed: number): Promise<Membership[]> {
  const found: Membership[] = [];
  for (const [i, { score, sql, members, others }] of VIEWS.entries()) {
    await tabulate(session, sql, isIn(members), isIn(others));
    const separation = await separationOf(session);
    if (separation.n.includes(0)) continue;
    const threshold = await bestThreshold(session, separation.n);
    const tpr: Membership["tpr_at_fpr"] = [];
    for (const [j, fpr] of FALSE_POSITIVE_RATES.entries())
      tpr.push(await tprAtFpr(session, separation, fpr, seed, 100 + 10 * i + j));
    found.push({
      score,
      members: members.join("+"),
      others: others.join("+"),
      n: separation.n,
      auc: aucEstimate(separation.auc, separation.aucError),
      tpr_at_fpr: tpr,
      balanced_accuracy: await balancedAccuracy(session, separation.n),
      threshold: finite(score === "alignment_f" ? -threshold : threshold),
      roc: await rocCurve(session, separation.n),
    });
  }
  return found;
}

/**
 * TPR at the threshold that at most `fpr` of the others exceed. Its bootstrap interval draws both groups anew: the
 * threshold is an order statistic of the resampled others, whose place among the originals is beta distributed, and the
 * members above it are then binomial; so no row needs to be drawn.
 */
async function tprAtFpr(
  session: Session,
  { n: [n, m] }: Separation,
  fpr: number,
  seed: number,
  stream: number,
): Promise<Membership["tpr_at_fpr"][number]> {
  const allowed = Math.floor(fpr * m);
  // Values from the top: others at or above, members strictly above; as many as a resample may reach.
  const deepest = allowed + 1 + 10 * Math.sqrt(allowed + 1) + 20;
  const [above, members] = (await session.columns(
    `SELECT ${m} - cb + nb, ${n} - ca FROM separation WHERE nb > 0 AND ${m} - cb <= ${deepest} ORDER BY x DESC`,
  )) as [Float64Array, Float64Array];
  /** Members strictly above the other that is the rank-th from the top, ranks from 1. */
  const membersAbove = (rank: number): number => {
    let [low, high] = [0, above.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((above[middle] as number) >= rank) high = middle;
      else low = middle + 1;
    }
    return members[low] as number;
  };
  const prng = uniformStream(seed, stream);
  const place = beta.factory(allowed + 1, m - allowed, { prng });
  const count = binomialSampler(prng);
  const resampled = Float64Array.from({ length: RESAMPLES }, () => {
    const p = membersAbove(Math.max(1, Math.ceil(place() * m))) / n;
    return count(n, p) / n;
  });
  const value = membersAbove(allowed + 1) / n;
  return { ...percentileInterval(value, resampled), fpr, resolved: 1 / m <= fpr };
}

/** The threshold x of greatest balanced accuracy of "member if above x". */
async function bestThreshold(session: Session, [n, m]: [number, number]): Promise<number> {
  const { x } = await session.askOne(
    `SELECT x FROM separation ORDER BY cb / ${m} - ca / ${n} DESC, x LIMIT 1`,
    { x: "number" },
  );
  return x;
}

/** Balanced accuracy where each half of the images is judged with the threshold of the other: no image judges itself. */
async function balancedAccuracy(session: Session, [n, m]: [number, number]): Promise<Estimate> {
  const { n0, m0 } = await session.askOne("SELECT max(ca0) AS n0, max(cb0) AS m0 FROM separation", {
    n0: "number",
    m0: "number",
  });
  const halves = [
    { n: n0, m: m0, ca: "ca0", cb: "cb0" },
    { n: n - n0, m: m - m0, ca: "(ca - ca0)", cb: "(cb - cb0)" },
  ] as const;
  if (halves.some((half) => half.n === 0 || half.m === 0)) return UNDEFINED;
  let [found, rejected] = [0, 0];
  for (const [i, judged] of halves.entries()) {
    const fitted = halves[1 - i] as (typeof halves)[number];
    const { members, others } = await session.askOne(
      `WITH best AS (SELECT x FROM separation ORDER BY ${fitted.cb} / ${fitted.m} - ${fitted.ca} / ${fitted.n} DESC, x LIMIT 1)
       SELECT ${judged.n} - ${judged.ca} AS members, ${judged.cb} AS others FROM separation JOIN best USING (x)`,
      { members: "number", others: "number" },
    );
    found += members;
    rejected += others;
  }
  const [tpr, tnr] = [found / n, rejected / m];
  // Agresti and Coull's 4 added trials keep the error of a share of 0 or 1 above 0.
  const variance = (x: number, size: number) => {
    const p = (x + 2) / (size + 4);
    return (p * (1 - p)) / (size + 4);
  };
  const half = (halfWidth() * Math.sqrt(variance(found, n) + variance(rejected, m))) / 2;
  const value = (tpr + tnr) / 2;
  return estimateOf(value, Math.max(0, value - half), Math.min(1, value + half));
}

/** The ROC curve, thinned: the last point of each step of 1 % and of each sixteenth of a decade of the FPR. */
async function rocCurve(session: Session, [n, m]: [number, number]): Promise<Membership["roc"]> {
  const rows = await session.ask(
    `WITH curve AS (SELECT (${m} - cb + nb) / ${m} AS fpr, (${n} - ca + na) / ${n} AS tpr FROM separation)
     SELECT max(fpr) AS fpr, max(tpr) AS tpr FROM curve
     GROUP BY floor(100 * fpr), floor(16 * log10(greatest(fpr, 1e-6))) ORDER BY fpr, tpr`,
  );
  return [{ fpr: 0, tpr: 0 }, ...(rows as { fpr: number; tpr: number }[])];
}

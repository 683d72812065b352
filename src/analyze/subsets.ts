import { SUBSETS } from "../data/subset-names.js";
import {
  meanOf,
  percentileInterval,
  quantilesOf,
  RESAMPLES,
  resample,
  sdOf,
  shareAbove,
} from "../statistics/bootstrap.js";
import { cohensDz } from "../statistics/effect.js";
import { estimateOf, finite, UNDEFINED } from "../statistics/estimate.js";
import { type Groups, groupsOf } from "../statistics/groups.js";
import { halfWidth, tTail } from "../statistics/tails.js";
import type { Moments } from "../statistics/ttest.js";
import { twoLevel } from "../statistics/two-level.js";
import { double, type Session } from "../tables/index.js";
import { discoveriesOf } from "./discoveries.js";
import type { SubsetMoments } from "./moments.js";
import type { Estimate, SubsetSummary } from "./types.js";

const QUANTILES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
const THRESHOLDS = [0, 0.1, 0.2, 0.3, 0.4, 0.5];
const BINS = 60;

interface Resampled {
  groups: Groups;
  means: Float64Array;
}

/** Everything about the subsets one by one: moments, quantiles, shares, their intervals, the points found above chance. */
export async function subsetSummaries(
  session: Session,
  moments: Map<string, SubsetMoments>,
  { seed, df }: { seed: number; df: number },
): Promise<SubsetSummary[]> {
  const present = SUBSETS.filter((subset) => moments.has(subset));
  const histograms = await histogramsOf(session);
  const external = moments.has("external") ? await resampledMeans(session, "external", seed) : null;
  const summaries: SubsetSummary[] = [];
  for (const subset of present) {
    const own = moments.get(subset) as SubsetMoments;
    const { groups } = subset === "external" && external ? external : await groupedScores(session, subset);
    const stream = SUBSETS.indexOf(subset);
    const offset = moments.get("external")?.sslmem.mean ?? Number.NaN;
    const found = bootstrapOf(groups, own.sslmem, seed, stream, external?.means ?? null, offset);
    summaries.push({
      subset,
      n: own.sslmem.n,
      mean: finite(own.sslmem.mean),
      sd: finite(own.sslmem.sd),
      se: finite(errorOf(own.sslmem)),
      mean_interval: interval(own.crossed === null ? found.mean : twoLevel(own.crossed, null)),
      sd_interval: interval(found.sd),
      memorization: await rawSummary(session, subset, own, seed),
      relative: relativeTo(subset, own, moments.get("external") ?? null, found.relative),
      lf: { mean: finite(own.lf.mean), sd: finite(own.lf.sd) },
      lg: { mean: finite(own.lg.mean), sd: finite(own.lg.sd) },
      quantiles: found.quantiles,
      above: found.above,
      above_relative: external === null ? [] : found.aboveRelative,
      paired: pairedTest(own.memorization),
      discoveries: await discoveriesOf(session, subset, moments.get("external")?.sslmem ?? null, df),
      histogram: histograms(subset),
    });
  }
  return summaries;
}

const errorOf = ({ n, sd }: Moments): number => sd / Math.sqrt(n);
const interval = ({ low, high }: Estimate) => ({ low, high });
const isSubset = (subset: string) => `subset = '${subset}'`;

async function groupedScores(session: Session, subset: string): Promise<{ groups: Groups }> {
  return { groups: await groupsOf(session, "sslmem", isSubset(subset)) };
}

/** The groups of a subset's scores and the means of its resamples; the stream is that of the subset's own intervals. */
async function resampledMeans(session: Session, subset: string, seed: number): Promise<Resampled> {
  const { groups } = await groupedScores(session, subset);
  const means = new Float64Array(RESAMPLES);
  resample(groups, seed, SUBSETS.indexOf(subset as (typeof SUBSETS)[number]), (counts, i) => {
    means[i] = meanOf(groups, counts);
  });
  return { groups, means };
}

/** Every bootstrap interval of one subset, from one pass over its resamples. */
function bootstrapOf(
  groups: Groups,
  { mean, sd }: Moments,
  seed: number,
  stream: number,
  externalMeans: Float64Array | null,
  offset: number,
) {
  const rows = (count: number) => Array.from({ length: count }, () => new Float64Array(RESAMPLES));
  const [means, sds, relatives] = rows(3) as [Float64Array, Float64Array, Float64Array];
  const [quantiles, above, aboveRelative] = [
    rows(QUANTILES.length),
    rows(THRESHOLDS.length),
    rows(THRESHOLDS.length),
  ];
  resample(groups, seed, stream, (counts, i) => {
    means[i] = meanOf(groups, counts);
    sds[i] = sdOf(groups, counts);
    const external = externalMeans?.[i] ?? Number.NaN;
    relatives[i] = (means[i] as number) - external;
    for (const [j, value] of quantilesOf(groups, counts, QUANTILES).entries())
      (quantiles[j] as Float64Array)[i] = value;
    for (const [j, threshold] of THRESHOLDS.entries()) {
      (above[j] as Float64Array)[i] = shareAbove(groups, counts, threshold);
      (aboveRelative[j] as Float64Array)[i] = shareAbove(groups, counts, threshold + external);
    }
  });
  const whole = groups.size;
  return {
    mean: percentileInterval(mean, means),
    sd: groups.n > 1 ? percentileInterval(sd, sds) : estimateOf(sd, Number.NaN, Number.NaN),
    relative: percentileInterval(mean - offset, relatives),
    quantiles: quantilesOf(groups, whole, QUANTILES).map((value, j) => ({
      q: QUANTILES[j] as number,
      ...percentileInterval(value, quantiles[j] as Float64Array),
    })),
    above: THRESHOLDS.map((threshold, j) => ({
      threshold,
      ...shareInterval(shareAbove(groups, whole, threshold), groups.n, above[j] as Float64Array),
    })),
    aboveRelative: THRESHOLDS.map((threshold, j) => ({
      threshold,
      ...shareInterval(
        shareAbove(groups, whole, threshold + offset),
        groups.n,
        aboveRelative[j] as Float64Array,
      ),
    })),
  };
}

/**
 * The bootstrap interval of a share. Of a share of 0 or 1 all resamples are alike, and it is Wilson's (1927); with a
 * threshold that is resampled too, the wider of the two.
 */
function shareInterval(value: number, n: number, resampled: Float64Array): Estimate {
  const found = percentileInterval(value, resampled);
  if (value > 0 && value < 1) return found;
  const reach = halfWidth() ** 2 / (n + halfWidth() ** 2);
  return value === 0
    ? estimateOf(0, 0, Math.max(reach, found.high ?? 0))
    : estimateOf(value, Math.min(1 - reach, found.low ?? 1), 1);
}

async function rawSummary(
  session: Session,
  subset: string,
  own: SubsetMoments,
  seed: number,
): Promise<SubsetSummary["memorization"]> {
  const { memorization, crossedRaw } = own;
  const figures = {
    mean: finite(memorization.mean),
    sd: finite(memorization.sd),
    se: finite(errorOf(memorization)),
  };
  if (crossedRaw !== null) return { ...figures, ...interval(twoLevel(crossedRaw, null)) };
  const groups = await groupsOf(session, "memorization", isSubset(subset));
  const means = new Float64Array(RESAMPLES);
  resample(groups, seed, 10 + SUBSETS.indexOf(subset as (typeof SUBSETS)[number]), (counts, i) => {
    means[i] = meanOf(groups, counts);
  });
  return { ...figures, ...interval(percentileInterval(memorization.mean, means)) };
}

/** The subset's mean minus the external one. With several pairs the interval has both levels in it. */
function relativeTo(
  subset: string,
  own: SubsetMoments,
  external: SubsetMoments | null,
  bootstrapped: Estimate,
): SubsetSummary["relative"] {
  if (external === null) return { mean: null, se: null, low: null, high: null };
  if (subset === "external") return { mean: 0, se: 0, low: 0, high: 0 };
  const mean = finite(own.sslmem.mean - external.sslmem.mean);
  if (own.crossed !== null && external.crossed !== null) {
    const both = twoLevel(own.crossed, external.crossed);
    return { mean, se: finite(both.se), ...interval(both) };
  }
  return {
    mean,
    se: finite(Math.hypot(errorOf(own.sslmem), errorOf(external.sslmem))),
    ...interval(bootstrapped),
  };
}

/** Paired t-test of L_g against L_f: the design is paired, both encoders saw the same views of the same points. */
function pairedTest(moments: Moments): SubsetSummary["paired"] {
  const { n, mean, sd } = moments;
  const t = mean / (sd / Math.sqrt(n));
  if (!Number.isFinite(t)) return { t: null, df: null, p_two_sided: null, p_greater: null, d_z: UNDEFINED };
  const df = n - 1;
  const d_z = cohensDz(moments);
  return { t, df, p_two_sided: 2 * tTail(Math.abs(t), df), p_greater: tTail(t, df), d_z };
}

/** sslmem of every subset in the same equal bins. */
async function histogramsOf(session: Session): Promise<(subset: string) => SubsetSummary["histogram"]> {
  const { low, high } = await session.askOne("SELECT min(sslmem) AS low, max(sslmem) AS high FROM points", {
    low: "number",
    high: "number",
  });
  const width = high > low ? (high - low) / BINS : 1;
  const rows = await session.ask(
    `SELECT subset, least(${BINS - 1}, floor((sslmem - ${double(low)}) / ${double(width)}))::INT AS bin, count(*)::DOUBLE AS n
     FROM points GROUP BY subset, bin`,
    { subset: "string", bin: "number", n: "number" },
  );
  return (subset) => {
    const counts = new Array<number>(BINS).fill(0);
    for (const row of rows) if (row.subset === subset) counts[row.bin] = row.n;
    return { from: low, to: low + width * BINS, counts };
  };
}

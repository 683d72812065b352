import { writeJson } from "../files/index.js";
import { RESAMPLES } from "../statistics/bootstrap.js";
import { LEVEL } from "../statistics/tails.js";
import { type Session, withSession } from "../tables/index.js";
import { comparisons, subsetTests } from "./comparisons.js";
import { convergenceOf } from "./convergence.js";
import { degenerateWarnings } from "./degenerate.js";
import { makePointErrors } from "./discoveries.js";
import { headlineOf } from "./headline.js";
import { listed, outlierRanks, pairSummaries, pointErrors } from "./listed-images.js";
import { memberships } from "./membership.js";
import { momentsBySubset, type SubsetMoments } from "./moments.js";
import { duplicatesOf } from "./near-duplicates.js";
import { degreesOfFreedom, makePoints, type ScoredWith, scoredWith } from "./points.js";
import { makeRanking, writePoints } from "./points-file.js";
import { rangeScaled } from "./range-scaled.js";
import { slicesOf } from "./slices.js";
import { subsetSummaries } from "./subsets.js";
import type { Analysis, KnnResult, Maybe } from "./types.js";
import { warningsOf } from "./warnings.js";
import { whyNull } from "./why-null-figures.js";

/** What the analysis may hold in the database before it spills; a million points take about half of it. */
const MEMORY = "2GB";

/** What an analysis looks at. */
export interface AnalyzeOptions {
  /** Score parts, of all pairs. */
  parts: readonly string[];
  /** Ids of planted outliers (synthetic images), or null. */
  outlierIds: readonly string[] | null;
  knn: readonly KnnResult[];
  skipped: readonly { id: string; reason: string }[];
  /** Add the scores divided by their range, for comparison with the paper's code. Default false. */
  rangeScaled?: boolean;
  /** The encoders are weights from elsewhere, not trained here. Default false. */
  foreign?: boolean;
  /** facts.parquet of the run, or null: no slices by image facts. */
  facts?: string | null;
  /** duplicates.parquet of the run, or null. */
  duplicates?: string | null;
  /** Where to write every point with its errors and intervals (points.parquet), or null. */
  points?: string | null;
  /** Names of the labels by number. */
  labelNames?: readonly string[] | null;
  /** Seed of the bootstrap. Default 0. */
  seed?: number;
  /** Hears, besides the analysis' own warnings, of pairs whose scores say nothing: degenerateWarnings. */
  onDegenerate?: (warning: string) => void;
}

/**
 * Computes every figure of an audit from the score parts and the image facts: files in, figures out. The rows stay in the
 * database; sums, tests and short lists come out, and where a test needs every value, one column of numbers.
 *
 * @throws SslMemError DATA when a part is missing or malformed, or a pair has not scored the same images as the others
 */
export async function analyze(options: AnalyzeOptions): Promise<Analysis> {
  return withSession({ memory: MEMORY }, async (session) => {
    const pairs = await makePoints(session, options.parts);
    const views = await scoredWith(options.parts);
    const moments = await momentsBySubset(session, pairs);
    await makePointErrors(session, moments);
    await makeRanking(session, moments.get("external")?.sslmem ?? null, degreesOfFreedom(views));
    if (options.points) await writePoints(session, options.points);
    const analysis = await figures(session, options, { pairs, views, moments });
    analysis.why = whyNull(analysis);
    return analysis;
  });
}

interface Made {
  pairs: number;
  views: ScoredWith;
  moments: Map<string, SubsetMoments>;
}

async function figures(
  session: Session,
  options: AnalyzeOptions,
  { pairs, views, moments }: Made,
): Promise<Analysis> {
  const { seed = 0, outlierIds, facts = null, duplicates = null, labelNames = null } = options;
  const df = degreesOfFreedom(views);
  const subsets = await subsetSummaries(session, moments, { seed, df });
  const membership = await memberships(session, seed);
  const zero = subsets.find(({ subset }) => subset === "candidate")?.above;
  const share = (threshold: number): Maybe => zero?.find((a) => a.threshold === threshold)?.value ?? null;
  const analysis: Analysis = {
    schema: "sslmem/analysis@1",
    images: [...moments.values()].reduce((sum, { sslmem }) => sum + sslmem.n, 0),
    pairs,
    views,
    intervals: intervalsOf(pairs, seed),
    headline: headlineOf(subsets, moments),
    subsets,
    by_pair: await pairSummaries(session),
    tests: subsetTests(moments),
    comparisons: await comparisons(session, moments),
    candidates_above: { zero: share(0), half: share(0.5) },
    membership_auc: membership.find(({ score }) => score === "sslmem")?.auc.value ?? null,
    membership,
    point_error: await pointErrors(session),
    convergence: await convergenceOf(session, views, seed),
    slices: await slicesOf(session, facts, labelNames),
    near_duplicates: duplicates === null ? null : await duplicatesOf(session, duplicates),
    most_memorized: await listed(session, "DESC", outlierIds),
    least_memorized: await listed(session, "ASC", outlierIds),
    outliers: outlierIds === null ? null : await outlierRanks(session, outlierIds),
    knn: [...options.knn],
    ...(options.rangeScaled && { range_scaled: await rangeScaled(session) }),
    skipped: [...options.skipped],
    warnings: [],
    why: {},
  };
  const degenerate = await degenerateWarnings(session, options.parts);
  for (const warning of degenerate) options.onDegenerate?.(warning);
  return { ...analysis, warnings: [...degenerate, ...warningsOf(analysis, options.foreign ?? false)] };
}

function intervalsOf(pairs: number, seed: number): Analysis["intervals"] {
  const bootstrap = `seeded bootstrap over points (${RESAMPLES} resamples, percentiles)`;
  return {
    level: LEVEL,
    resamples: RESAMPLES,
    seed,
    of_means: pairs > 1 ? "points-and-pairs" : "points",
    method:
      pairs > 1
        ? `Means and differences of means: points and encoder pairs both taken as drawn at random (crossed random effects, Satterthwaite's t). Shares, quantiles and standard deviations: ${bootstrap}. Tests, slices and membership: over points, of the scores averaged over the pairs.`
        : `${bootstrap[0]?.toUpperCase()}${bootstrap.slice(1)}. One encoder pair: what another pair would give is not in the intervals.`,
  };
}

/** Writes analysis.json: complete or not at all. */
export async function writeAnalysis(path: string, analysis: Analysis): Promise<void> {
  await writeJson(path, analysis);
}

import { type Analysis, analyze, writeAnalysis } from "../analyze/index.js";
import { SslMemError } from "../errors.js";
import { checkGiven } from "../text/given.js";
import { sheetOf } from "./candidate-sheet.js";
import type { RunImages } from "./divided-images.js";
import { imageFactsOf } from "./facts.js";
import { knnOfPairs } from "./knn.js";
import { scoreParts } from "./score.js";
import type { StepContext } from "./step-context.js";
import type { TrainedPair } from "./train.js";

/**
 * Computes every figure from the score parts and writes analysis.json.
 * Throws SslMemError DATA when parts are missing, naming how many.
 */
export async function analyzeScores(
  context: StepContext,
  images: RunImages,
  pairs: readonly TrainedPair[],
): Promise<Analysis> {
  checkGiven("analyzeScores", { context, images, pairs }, ["context.run", "images.manifest", "pairs"]);
  const { run } = context;
  const { manifest, split } = images;
  const { paths, missing } = scoreParts(context, images, pairs.length);
  if (missing.length > 0) {
    throw new SslMemError(
      "DATA",
      `Expected ${paths.length} score parts in ${run.paths.scores} but ${missing.length} of them are missing.`,
      `sslmem score --run ${run.paths.root}`,
    );
  }
  const files = await imageFactsOf(context, images, pairs);
  const analysis = await analyze({
    parts: paths,
    points: run.paths.points,
    facts: files?.facts ?? null,
    duplicates: files?.duplicates ?? null,
    outlierIds: manifest.facts.outlierIds,
    labelNames: manifest.facts.labelNames,
    knn: split === null ? [] : await knnOfPairs(context, { ...images, split }, pairs),
    skipped: manifest.facts.skipped,
    foreign: run.resolved.settings.f !== null,
    onDegenerate: (warning) => context.reporter.warn(warning),
    rangeScaled: run.resolved.settings.rangeScaled,
    seed: run.resolved.settings.scoreSeed,
  });
  await writeAnalysis(run.paths.analysis, analysis);
  await sheetOf(context, images, analysis);
  return analysis;
}

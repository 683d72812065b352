/**
 * The public API: what the verbs of the command line are made of. Importing it starts nothing; engines, the native core and
 * their explanations come with the first call that needs them.
 *
 *     import { audit, settingsFor } from "sslmem";
 *     const resolved = await settingsFor({ data: "./my-images", epochs: 50 }, "small");
 *     const { analysis } = await audit({ root: "runs/mine", resolved });
 */

// Settings and errors.

export type { SettingKey, Settings } from "./config/all-settings.js";
export { getPreset, presetNames } from "./config/presets/index.js";
export type { Provenance, Resolved } from "./config/resolve.js";
export { type ErrorCode, exitCodeOf, SslMemError } from "./errors.js";
export { settingsFor } from "./steps/settings-for.js";

// audit; or its steps one by one: openRun → stepContext → dividedImages → trainPairs → scorePairs → analyzeScores → writeReport.

export { type OpenRunOptions, openRun, type Run } from "./run/open-run.js";
export { type RunPaths, runPaths } from "./run/paths.js";
export { type ProgressPoint, type Reporter, silent } from "./run/reporter.js";
export { type AuditOptions, audit } from "./steps/audit.js";
export { engineRequest, type StepContext, startEngine, stepContext } from "./steps/step-context.js";

// split

export { SUBSETS, type Subset } from "./data/subset-names.js";
export { allImages, type DividedImages, dividedImages, type RunImages } from "./steps/divided-images.js";

// train

export { type TrainedPair, trainedPairs, trainPairs } from "./steps/train.js";

// score

export { formatAnalysis } from "./analyze/format-analysis.js";
export type { Analysis } from "./analyze/types.js";
export { analyzeScores } from "./steps/analyze.js";
export { knnOfPairs } from "./steps/knn.js";
export { scorePairs, scoreParts } from "./steps/score.js";

// report

export { type WrittenComparison, writeComparison } from "./report/compare/index.js";
export type { Comparison, Report } from "./report/report-schema.js";
export { type ReportOptions, type WrittenReport, writeReport } from "./report/write-report.js";

// watch

export { type EncoderProgress, type PairProgress, progressOf, type RunProgress } from "./run/progress.js";

// compare

export { formatComparison } from "./analyze/compare-format.js";
export { type CompareOptions, compareRankings } from "./analyze/compare-rankings.js";
export { type Rankings, rankingsAt } from "./run/rankings.js";

// curate

export { type Curated, type CurateOptions, curate } from "./analyze/curate/index.js";
export { readIdList, writeIdList } from "./data/id-list.js";
export { manifestFacts } from "./run/manifest-facts.js";
export { findScores, type ScoreFiles } from "./run/score-files.js";

// embed, views

export { type EmbeddingsOptions, type WrittenEmbeddings, writeEmbeddings } from "./steps/embed.js";
export {
  type TrainingViewsOptions,
  type WrittenTrainingViews,
  writeTrainingViews,
} from "./steps/training-views.js";
export { type ViewPurpose, type ViewsOptions, type WrittenViews, writeViews } from "./steps/views.js";

// localize

export { formatLocalization } from "./localize/format-localization.js";
export type { Localization } from "./localize/localization-schema.js";
export { localizePairs } from "./steps/localize.js";

// probe

export { type ProbedEncoder, type ProbeEncodersOptions, probeEncoders } from "./evaluate/probe-encoders.js";
export { formatProbe } from "./evaluate/probe-format.js";
export type { ProbeReport } from "./evaluate/probe-schema.js";
export { encodersOfRun } from "./run/encoders.js";
export { readAllImages, readRunsImages } from "./steps/open-data.js";

// list, doctor, cache

export { type CacheContents, cacheContents, cleanCache } from "./cache/clean-cache.js";
export { type Finding, findings } from "./doctor/findings.js";
export { namesIn, registryNames, summaryOf } from "./registries.js";

// For experiments of one's own: views, encoders, training and scoring of one encoder or pair, tables. `tf` is the TensorFlow.js
// that engines compute with.

export { openPolicy } from "./augment/open-policy.js";
export { getPolicy, policyNames } from "./augment/registry.js";
export { Split } from "./data/make-split.js";
export { Manifest } from "./data/manifest.js";
export { openSource } from "./data/sources/index.js";
export { openStore } from "./data/store.js";
export { openEngine } from "./engine/index.js";
export * as tf from "./engine/tf.js";
export { getMethod, methodNames } from "./methods/registry.js";
export type { Method } from "./methods/types.js";
export type { Architecture } from "./nn/architecture.js";
export { loadEncoder } from "./nn/load-encoder.js";
export { architectureNames, getArchitecture } from "./nn/registry.js";
export { readSafetensors, type StoredTensor } from "./nn/safetensors.js";
export { type DeferredTensor, writeSafetensors } from "./nn/safetensors-write.js";
export type { Encoder } from "./nn/types.js";
export { alignment, type Comparison as ViewComparison } from "./score/alignment-by-distance.js";
export { jackknife, memorization, scoreOf, sslmem } from "./score/formulas.js";
export { scorePair } from "./score/score-pair.js";
export type { ScoreOptions, ScoreRecipe, ScoreResult } from "./score/types.js";
export { scoreRecipe } from "./steps/score.js";
export { query } from "./tables/query.js";
export { readParquet } from "./tables/read-parquet.js";
export { recipeOf } from "./train/recipe.js";
export { trainEncoder } from "./train/train-encoder.js";
export type { TrainOptions, TrainResult } from "./train/types.js";
export { type ViewMaker, viewMaker } from "./views/maker.js";
export type { ViewSettings } from "./views/view-settings.js";

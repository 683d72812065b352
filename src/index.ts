/**
 * The public API: what the verbs of the command line are made of. Importing it starts nothing; engines, the native core and
 * their explanations come with the first call that needs them.
 *
 *     import { audit, settingsFor } from "sslmem";
 *     const resolved = await settingsFor({ data: "./my-images", epochs: 50 }, "small");
 *     const { analysis } = await audit({ root: "runs/mine", resolved });
 */

// compare
export { formatComparison } from "./analyze/compare-format.js";
export { type CompareOptions, compareRankings } from "./analyze/compare-rankings.js";
// curate
export { type Curated, type CurateOptions, curate } from "./analyze/curate/index.js";
export { formatAnalysis } from "./analyze/format-analysis.js";
export type { Analysis } from "./analyze/types.js";
// For experiments of one's own: views, encoders, training and scoring of one encoder or pair, tables.
export { getPolicy, policyNames } from "./augment/registry.js";
// doctor, cache
export { type CacheContents, cacheContents, cleanCache } from "./cache/clean-cache.js";
export type { SettingKey, Settings } from "./config/all-settings.js";
// Settings and errors.
export { getPreset, presetNames } from "./config/presets/index.js";
export type { Provenance, Resolved } from "./config/resolve.js";
export { readIdList, writeIdList } from "./data/id-list.js";
// split
export { SUBSETS, type Subset } from "./data/subset-names.js";
export { type Finding, findings } from "./doctor/findings.js";
export { openEngine } from "./engine/index.js";
export { type ErrorCode, exitCodeOf, SslMemError } from "./errors.js";
// probe
export { type ProbedEncoder, type ProbeEncodersOptions, probeEncoders } from "./evaluate/probe-encoders.js";
export { formatProbe } from "./evaluate/probe-format.js";
export type { ProbeReport } from "./evaluate/probe-schema.js";
// localize
export { formatLocalization } from "./localize/format-localization.js";
export type { Localization } from "./localize/localization-schema.js";
export { getMethod, methodNames } from "./methods/registry.js";
export type { Method } from "./methods/types.js";
export { type AlignmentOptions, alignment } from "./native/alignment.js";
export { loadEncoder } from "./nn/load-encoder.js";
export { architectureNames, getArchitecture } from "./nn/registry.js";
export { readSafetensors, type StoredTensor } from "./nn/safetensors.js";
export { type DeferredTensor, writeSafetensors } from "./nn/safetensors-write.js";
export type { Architecture, Encoder } from "./nn/types.js";
// list
export { namesIn, registryNames, summaryOf } from "./registries.js";
// report
export { type WrittenComparison, writeComparison } from "./report/compare/index.js";
export type { Comparison, Report } from "./report/report-schema.js";
export { type ReportOptions, type WrittenReport, writeReport } from "./report/write-report.js";
export { encodersOfRun } from "./run/encoders.js";
export { manifestFacts } from "./run/manifest-facts.js";
export { type OpenRunOptions, openRun, type Run } from "./run/open-run.js";
export { type RunPaths, runPaths } from "./run/paths.js";
// watch
export { type EncoderProgress, type PairProgress, progressOf, type RunProgress } from "./run/progress.js";
export { type Rankings, rankingsAt } from "./run/rankings.js";
export { type ProgressPoint, type Reporter, silent } from "./run/reporter.js";
export { findScores, type ScoreFiles } from "./run/score-files.js";
export { jackknife, memorization, scoreOf, sslmem } from "./score/formulas.js";
export { scorePair } from "./score/score-pair.js";
export type { ScoreOptions, ScoreResult } from "./score/types.js";
export { analyzeScores } from "./steps/analyze.js";
// audit, or its steps one by one: openRun → stepContext → dividedImages → trainPairs → scorePairs → analyzeScores → writeReport.
export { type AuditOptions, audit } from "./steps/audit.js";
export { allImages, type DividedImages, dividedImages, type RunImages } from "./steps/divided-images.js";
export { knnOfPairs } from "./steps/knn.js";
export { localizePairs } from "./steps/localize.js";
export { readAllImages, readRunsImages } from "./steps/open-data.js";
// score
export { scorePairs, scoreParts } from "./steps/score.js";
export { settingsFor } from "./steps/settings-for.js";
export { engineRequest, type StepContext, startEngine, stepContext } from "./steps/step-context.js";
// train
export { type TrainedPair, trainedPairs, trainPairs } from "./steps/train.js";
// views
export { type ViewPurpose, type ViewsOptions, type WrittenViews, writeViews } from "./steps/views.js";
export { query } from "./tables/query.js";
export { readParquet } from "./tables/read-parquet.js";
export { trainEncoder } from "./train/train-encoder.js";
export type { TrainOptions, TrainResult } from "./train/types.js";
export { type ViewMaker, viewMaker } from "./views/maker.js";
export type { ViewSettings } from "./views/view-settings.js";

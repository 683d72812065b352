/**
 * The public API: everything that a verb of the command line does. Importing it starts nothing; engines, the native
 * core and their explanations come with the first call that needs them.
 *
 *     import { audit, settingsFor } from "sslmem";
 *     const resolved = await settingsFor({ data: "./my-images", epochs: 50 }, "small");
 *     const { analysis } = await audit({ root: "runs/mine", resolved });
 */

// The parts below them.
export * from "./analyze/index.js";
export * from "./analyze/localize/index.js";
export * from "./augment/index.js";
export { getPreset, presetNames } from "./config/presets/index.js";
// A whole audit, or its steps one by one: openRun → stepContext → dividedImages → trainPairs → scorePairs → analyzeScores.
export type { Provenance, Resolved } from "./config/resolve.js";
export type { SettingKey, Settings } from "./config/schema.js";
export * from "./data/index.js";
export * from "./engine/index.js";
export { type ErrorCode, exitCodeOf, SslMemError } from "./errors.js";
export * from "./evaluate/index.js";
export { getMethod, methodNames } from "./methods/registry.js";
export type { Method } from "./methods/types.js";
export * from "./native/index.js";
export * from "./nn/index.js";
export { namesIn } from "./registries.js";
export { writeSheet } from "./report/sheet.js";
export { type AuditOptions, audit } from "./run/audit.js";
export { engineRequest, type StepContext, startEngine, stepContext } from "./run/context.js";
export { type OpenRunOptions, openRun, type Run } from "./run/open.js";
export { type RunPaths, runPaths } from "./run/paths.js";
export { type ProgressPoint, type Reporter, silent } from "./run/reporter.js";
export { settingsFor } from "./run/settings.js";
export { analyzeScores } from "./run/steps/analyze.js";
export { allImages, type DividedImages, dividedImages, type RunImages } from "./run/steps/images.js";
export { knnOfPairs } from "./run/steps/knn.js";
export { localizePairs } from "./run/steps/localize.js";
export { scorePairs, scoreParts } from "./run/steps/score.js";
export { type TrainedPair, trainedPairs, trainPairs } from "./run/steps/train.js";
export * from "./score/index.js";
export * from "./tables/index.js";
export * from "./train/index.js";
export {
  type DescribedBatch,
  disposeViews,
  type HostBatch,
  HostViews,
  joinedTensor,
  tensorOf,
  type ViewBatch,
  type ViewMaker,
  type ViewSettings,
  viewMaker,
  type WantedViews,
} from "./views/index.js";

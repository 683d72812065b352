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
export * from "./augment/index.js";
export type { SettingKey, Settings } from "./config/all-settings.js";
export { getPreset, presetNames } from "./config/presets/index.js";
// A whole audit, or its steps one by one: openRun → stepContext → dividedImages → trainPairs → scorePairs → analyzeScores.
export type { Provenance, Resolved } from "./config/resolve.js";
export * from "./data/index.js";
export * from "./engine/index.js";
export { type ErrorCode, exitCodeOf, SslMemError } from "./errors.js";
export * from "./evaluate/index.js";
export * from "./localize/index.js";
export { getMethod, methodNames } from "./methods/registry.js";
export type { Method } from "./methods/types.js";
export * from "./native/index.js";
export * from "./nn/index.js";
export { namesIn } from "./registries.js";
export { writeSheet } from "./report/sheet.js";
export { type OpenRunOptions, openRun, type Run } from "./run/open-run.js";
export { type RunPaths, runPaths } from "./run/paths.js";
export { type ProgressPoint, type Reporter, silent } from "./run/reporter.js";
export * from "./score/index.js";
export { analyzeScores } from "./steps/analyze.js";
export { type AuditOptions, audit } from "./steps/audit.js";
export { allImages, type DividedImages, dividedImages, type RunImages } from "./steps/divided-images.js";
export { knnOfPairs } from "./steps/knn.js";
export { localizePairs } from "./steps/localize.js";
export { scorePairs, scoreParts } from "./steps/score.js";
export { settingsFor } from "./steps/settings-for.js";
export { engineRequest, type StepContext, startEngine, stepContext } from "./steps/step-context.js";
export { type TrainedPair, trainedPairs, trainPairs } from "./steps/train.js";
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

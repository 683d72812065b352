/** Analysis: score parts → analysis.json and text. */
export { formatAnalysis, headline } from "./format.js";
export { type AnalyzeOptions, analyze, writeAnalysis } from "./run.js";
export { type Moments, tTest } from "./ttest.js";
export type { Analysis, KnnResult, OutlierSummary, ScoredImage, SubsetSummary, SubsetTest } from "./types.js";

/** Analysis: score parts → analysis.json and text. */
export { formatAnalysis, headline } from "./format.js";
export { type AnalyzeOptions, analyze, writeAnalysis } from "./run.js";
export { analysisSchema } from "./schema.js";
export { type Moments, tTest } from "./statistics/ttest.js";
export type {
  Analysis,
  Comparison,
  Convergence,
  Duplicates,
  Estimate,
  KnnResult,
  Maybe,
  Membership,
  OutlierSummary,
  PairSummary,
  PointError,
  ScoredImage,
  Slice,
  Slices,
  SubsetSummary,
  SubsetTest,
} from "./types.js";

/** Analysis: score parts → analysis.json and text. */

export { type Moments, tTest } from "../statistics/ttest.js";
export { analysisSchema } from "./analysis-schema.js";
export { formatAnalysis, headline } from "./format-analysis.js";
export { type AnalyzeOptions, analyze, writeAnalysis } from "./run-analysis.js";
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

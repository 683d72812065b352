/** Scoring: views → representations of both encoders → alignment losses → rows → part files. */
export { jackknife, type Losses, memorization, type Score, scoreOf, sslmem } from "./formulas.js";
export { scorePair } from "./pair.js";
export { partName, planParts } from "./plan.js";
export type { WorkerProgress } from "./tally.js";
export type { ScoreOptions, ScoreProgress, ScoreRecipe, ScoreResult } from "./types.js";
export { scoreViews, type ViewRecipe } from "./views.js";

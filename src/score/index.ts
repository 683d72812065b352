/** Scoring: views → representations of both encoders → alignment losses → rows → part files. */
export { jackknife, type Losses, memorization, type Score, scoreOf, sslmem } from "./formulas.js";
export { partName, planParts } from "./part-plan.js";
export { scorePair } from "./score-pair.js";
export { scoreViews, type ViewRecipe } from "./score-views.js";
export type { ScoreOptions, ScoreProgress, ScoreRecipe, ScoreResult, WorkerProgress } from "./types.js";

/** Training of encoders: loop, optimisers, checkpoints, pairs. */
export { latestWeights } from "./checkpoint.js";
export { checkLabels } from "./classes.js";
export { trainEncoder } from "./encoder.js";
export { pairIndices, pairSeeds } from "./pair.js";
export { recipeOf } from "./recipe.js";
export { learningRateAt } from "./schedule.js";
export type { TrainOptions, TrainProgress, TrainRecipe, TrainResult } from "./types.js";

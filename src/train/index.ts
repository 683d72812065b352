/** Training of encoders: loop, optimisers, checkpoints, pairs. */
export { checkTrained, latestConfiguration, latestWeights } from "./checkpoint.js";
export { checkLabels } from "./classes.js";
export { latestNetwork, type TrainedNetwork } from "./network-files.js";
export { beginsAsNow, imagesDigest, recipeOf } from "./recipe.js";
export { learningRateAt } from "./schedule.js";
export { trainEncoder } from "./train-encoder.js";
export { pairIndices, pairSeeds } from "./training-pair.js";
export type { TrainOptions, TrainProgress, TrainRecipe, TrainResult } from "./types.js";

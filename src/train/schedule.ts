import { cosineBetween } from "../methods/schedules.js";
import type { Moment } from "../methods/types.js";
import { warmupSteps } from "../settings/warmup.js";
import type { TrainRecipe } from "./types.js";

/**
 * Learning rate of a step: linear from 0 over the warm-up, then a cosine to the floor (Loshchilov and Hutter 2017, arXiv
 * 1608.03983, without restarts).
 *
 * @param step from 0 @param steps in all @param warmup share of all steps, in [0, 1) @param peak largest rate
 * @param floor the rate that the cosine would reach at the step after the last one, at most `peak`
 */
export function learningRateAt(step: number, steps: number, warmup: number, peak: number, floor = 0): number {
  return warmedCosine(step, steps, Math.round(steps * warmup), peak, floor);
}

/** The same of a recipe at a moment of its training. */
export function recipeRateAt(recipe: TrainRecipe, at: Moment): number {
  const warm = warmupSteps(recipe.warmup, at);
  return warmedCosine(at.step, at.steps, warm, peakRate(recipe), recipe.minLearningRate ?? 0);
}

function warmedCosine(step: number, steps: number, warm: number, peak: number, floor: number): number {
  if (step < warm) return (peak * (step + 1)) / warm;
  const at = { step: step - warm, steps: Math.max(1, steps - warm), epoch: 0, epochs: 1 };
  return cosineBetween(peak, floor)(at);
}

/** Images in a step to which a learning rate belongs that is scaled (Goyal et al. 2017, arXiv 1706.02677). */
const USUAL_BATCH = 256;
const SCALE = { none: () => 1, linear: (ratio: number) => ratio, sqrt: Math.sqrt } as const;

/** The largest learning rate of a training: the setting's, scaled with the batch where the recipe says so. */
export function peakRate({ learningRate, batchScaling = "none", batch }: PeakOf): number {
  return learningRate * SCALE[batchScaling](batch / USUAL_BATCH);
}
type PeakOf = Pick<TrainRecipe, "learningRate" | "batchScaling" | "batch">;

/** Weight decay of a step: constant, or along a cosine to an end value. */
export function weightDecayAt(
  { weightDecay, weightDecayEnd = null }: Pick<TrainRecipe, "weightDecay" | "weightDecayEnd">,
  at: Moment,
): number {
  return weightDecayEnd === null ? weightDecay : cosineBetween(weightDecay, weightDecayEnd)(at);
}

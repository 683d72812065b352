import { SslMemError } from "../errors.js";
import { warmupSteps } from "../settings/warmup.js";
import { peakRate } from "./schedule.js";
import type { TrainRecipe } from "./types.js";

/** What the numbers that change with the step are made of. */
export type Scheduled = Pick<
  TrainRecipe,
  | "epochs"
  | "batch"
  | "warmup"
  | "learningRate"
  | "minLearningRate"
  | "batchScaling"
  | "weightDecay"
  | "weightDecayEnd"
>;

/**
 * Refuses schedules that a training has no room for: a warm-up that does not end, a floor above the peak, a decay that goes to
 * an end from nothing.
 *
 * @param steps in all; null before the images are counted, when only a warm-up in epochs can be told
 * @throws SslMemError USAGE naming the settings
 */
export function checkSchedule(recipe: Scheduled, steps: number | null): void {
  checkWarmup(recipe, steps);
  const { minLearningRate: floor = 0, learningRate, batchScaling = "none", batch } = recipe;
  const peak = peakRate(recipe);
  if (floor > peak) {
    const scaled =
      batchScaling === "none"
        ? ""
        : `, which --batch-scaling ${batchScaling} and --batch ${batch} make ${Number(peak.toPrecision(3))}`;
    throw new SslMemError(
      "USAGE",
      `Expected --min-learning-rate, which the cosine goes down to, to be at most the peak but received ${floor} with --learning-rate ${learningRate}${scaled}.`,
      "--min-learning-rate 0, or a larger --learning-rate",
    );
  }
  const { weightDecay, weightDecayEnd = null } = recipe;
  if (weightDecay === 0 && weightDecayEnd !== null)
    throw new SslMemError(
      "USAGE",
      `Expected --weight-decay above 0 to begin at with --weight-decay-end ${weightDecayEnd} but received 0.`,
      "--weight-decay 0.04 --weight-decay-end 0.4, or --weight-decay-end none",
    );
}

function checkWarmup({ warmup, epochs }: Scheduled, steps: number | null): void {
  const isInEpochs = typeof warmup === "string" && warmup.endsWith("ep");
  if (steps === null && !isInEpochs) return;
  // As if a pass had one step: what is asked is whether the warm-up leaves a pass.
  const warm = steps === null ? Number.parseFloat(`${warmup}`) : warmupSteps(warmup, { steps, epochs });
  if (warm < (steps ?? epochs)) return;
  const length = steps === null ? `--epochs ${epochs}` : `${steps} steps (--epochs ${epochs})`;
  throw new SslMemError(
    "USAGE",
    `Expected a warm-up shorter than the training's ${length} but received --warmup ${warmup}${steps === null ? "" : `, which takes ${warm}`}.`,
    "--warmup 0.1, or more --epochs",
  );
}

import { batchFlags, batchInParts } from "../config/parts.js";
import type { Resolved } from "../config/resolve.js";
import { SslMemError } from "../errors.js";
import { checkSchedule } from "../train/check-schedule.js";

/**
 * Batch and number of steps of a training. The batch is the setting's, but a preset's is reduced where the images are
 * fewer than two batches, and stays one that --accumulate divides; a last batch that is not full is left out.
 *
 * @param images how many the encoder trains on
 */
export function trainingPlan({ settings, from }: Resolved, images: number): { batch: number; steps: number } {
  const { batch: wanted, accumulate, epochs } = settings;
  const batch = from.batch.startsWith("preset:")
    ? batchInParts(Math.min(wanted, images >> 1), accumulate)
    : wanted;
  return { batch, steps: Math.floor(images / batch) * epochs };
}

/**
 * The same for both encoders of a pair: one batch, and each its own number of steps. They are equally many unless
 * --exclude takes images from one of the two only.
 */
export function pairPlan(
  resolved: Resolved,
  images: Readonly<Record<"f" | "g", number>>,
): { batch: number; steps: Record<"f" | "g", number> } {
  const { batch } = trainingPlan(resolved, Math.min(images.f, images.g));
  const steps = (count: number) => Math.floor(count / batch) * resolved.settings.epochs;
  return { batch, steps: { f: steps(images.f), g: steps(images.g) } };
}

/** The same, where the images must fill the batch, and the steps have room for the schedules. Throws SslMemError USAGE. */
export function checkedPairPlan(
  resolved: Resolved,
  images: Readonly<Record<"f" | "g", number>>,
): { batch: number; steps: Record<"f" | "g", number> } {
  const plan = pairPlan(resolved, images);
  if (plan.steps.f > 0 && plan.steps.g > 0) {
    const { settings } = resolved;
    checkSchedule({ ...settings, batch: plan.batch }, Math.min(plan.steps.f, plan.steps.g));
    return plan;
  }
  const fewest = Math.min(images.f, images.g);
  throw new SslMemError(
    "USAGE",
    `Expected a batch of at most ${fewest}, the number of training images, but received ${plan.batch}.`,
    batchFlags(fewest >> 1, fewest, resolved.settings.accumulate),
  );
}

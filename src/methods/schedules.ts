// Numbers that change with the step. Methods and the optimiser's own schedules share them.
import type { Schedule } from "./types.js";

/**
 * Along half a cosine from one number to another, over all steps: `to` would be reached at the step after the last one, as
 * torch.optim.lr_scheduler.CosineAnnealingLR and DINO's code have it.
 */
export function cosineBetween(from: number, to: number): Schedule {
  return ({ step, steps }) => to + ((from - to) * (Math.cos((Math.PI * step) / steps) + 1)) / 2;
}

/** In equal parts from one number to another, over all steps: `to` would be reached at the step after the last one (I-JEPA's code). */
export function linearBetween(from: number, to: number): Schedule {
  return ({ step, steps }) => from + ((to - from) * step) / steps;
}

/**
 * One number for each of the first passes, in equal parts from `from` to `to`, both of them among those; then `to` (DINO's
 * teacher temperature). With a single pass that is `from`, as numpy.linspace has it.
 *
 * @param epochs how many passes, from 0 (`to` from the beginning)
 */
export function linearOverEpochs(from: number, to: number, epochs: number): Schedule {
  return ({ epoch }) => (epoch >= epochs ? to : from + ((to - from) * epoch) / Math.max(1, epochs - 1));
}

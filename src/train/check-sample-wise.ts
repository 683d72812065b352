import { SslMemError } from "../errors.js";
import type { Objective } from "../methods/types.js";

/**
 * Refuses a loss that compares the images of a step where a step is measured in parts: a part's gradient would not be a part of
 * the whole's. Throws SslMemError USAGE.
 *
 * @param accumulate parts of a step @param batch images of a step
 */
export function checkSampleWise(
  { sampleWise }: Pick<Objective, "sampleWise">,
  { method, accumulate, batch }: { method: string; accumulate: number; batch: number },
): void {
  if (accumulate === 1 || sampleWise) return;
  throw new SslMemError(
    "USAGE",
    `Expected --accumulate 1 with --method ${method}, whose loss compares the images of a batch: a part's gradient would not be a part of the batch's, but received ${accumulate}.`,
    `--accumulate 1 with a smaller --batch (${batch / accumulate} images take the same memory), or another --method`,
  );
}

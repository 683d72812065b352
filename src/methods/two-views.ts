import type { Policy } from "../augment/policy.js";
import { SslMemError } from "../errors.js";
import type { Needs } from "./types.js";

/**
 * Two views of each image in two batches, since each view has batch statistics of its own: one of each of the policy's first two
 * groups where it has two of one size (BYOL's views differ in blur and solarisation), else two of its first.
 */
export function twoViews({ groups: [first, second] }: Policy): Needs {
  const differ = second !== undefined && second.size.join() === first?.size.join();
  return {
    views: [
      { group: 0, count: 1 },
      { group: differ ? 1 : 0, count: 1 },
    ],
  };
}

/**
 * Refuses a batch of one image for a loss that is made of several.
 *
 * @param images that the loss sees at once @param what the method, and what it needs others for
 * @throws SslMemError USAGE
 */
export function checkSeveral(images: number, what: string): void {
  if (images >= 2) return;
  throw new SslMemError(
    "USAGE",
    `Expected at least 2 images at once for ${what}, but received ${images}.`,
    "a larger --batch, or a smaller --accumulate",
  );
}

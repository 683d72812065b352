import { getPolicy } from "../augment/index.js";
import { SslMemError } from "../errors.js";
import type { Needs } from "../methods/types.js";
import { type Architecture, buildNetwork } from "../nn/index.js";
import type { TrainRecipe } from "./types.js";

/**
 * Refuses views that an architecture cannot see. A policy's groups may be smaller than --image-size: DINO's local views are.
 *
 * @throws SslMemError USAGE naming the group, its side and what the architecture asks for
 */
export function checkViews(
  { views }: Needs,
  { policy, imageSize }: Pick<TrainRecipe, "policy" | "imageSize">,
  architecture: Architecture,
): void {
  const { groups } = getPolicy(policy, { imageSize });
  for (const { group } of views) {
    const { name, size } = groups[group] as (typeof groups)[number];
    try {
      buildNetwork(architecture, size[0]);
    } catch (error) {
      if (!(error instanceof SslMemError) || error.code !== "USAGE" || size[0] === imageSize) throw error;
      throw new SslMemError(
        "USAGE",
        `Expected views that ${architecture.name} can see but those of ${policy}'s group "${name}" have ${size[0]} pixels a side at --image-size ${imageSize}. ${error.message}`,
        "a larger --image-size, another --arch, or --local-views 0 for DINO",
        { cause: error },
      );
    }
  }
}

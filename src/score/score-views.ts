import { getPolicy, openPolicy } from "../augment/index.js";
import { viewKeys } from "../native/index.js";
import type { WantedViews } from "../views/index.js";
import type { ScoreRecipe } from "./types.js";

/** What of a recipe decides what the views are. */
export type ViewRecipe = Pick<ScoreRecipe, "policy" | "imageSize" | "views" | "scheme" | "seed">;

/**
 * The views that images are scored on, for a ViewMaker: batches of [images · views, size, size, 3] whose views, one batch
 * after the other, are an image's views in their order. Under the scheme "original" view 0 is the image itself, resized
 * and centre-cropped, and the others are augmented. Scoring and the report both use it, so what is shown is what was scored.
 *
 * @throws SslMemError as openPolicy
 */
export function scoreViews({ policy, imageSize, views, scheme, seed }: ViewRecipe): WantedViews[] {
  const open = (name: string) => openPolicy(getPolicy(name, { imageSize }));
  // All views are of the first group, however many it has in training.
  const common = { ...viewKeys("scoreViews", seed), firstView: 0 };
  if (scheme !== "original") return [{ ...common, policy: open(policy), views }];
  return [
    { ...common, policy: open("eval"), views: 1 },
    { ...common, policy: open(policy), views: views - 1 },
  ];
}

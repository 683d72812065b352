import { reasonsOfNulls } from "../text/null-reasons.js";
import type { Analysis } from "./types.js";

const SECTIONS: Record<string, string> = {
  outliers: "the data set says of no image that it was planted",
  convergence: "the parts do not keep the distances of the views; score with --keep-views",
  slices: "there are neither labels nor image facts",
  near_duplicates: "the images were not compared with each other",
};
const ENDINGS: readonly [RegExp, string][] = [
  [/(^|\.)pair_sd$|\.pairs\.(median|p90)$/, "one pair"],
  [/^views\./, "the parts do not say how they were scored"],
  [/relative|_external\.share$/, "no external images, or too few values"],
  [/\.label$/, "no labels"],
  [/^slices\.slices\.\d+\.(from|to)$/, "a class has no range"],
  [/^slices\.most_memorized$/, "no slice differs significantly from the others"],
  [/^convergence\.steps\.\d+\./, "only where there are enough views, or only by forecast"],
];

/** Why each null of an analysis is one, by its path. */
export function whyNull({ why: _, ...figures }: Analysis): Record<string, string> {
  return reasonsOfNulls(
    figures,
    (path) =>
      SECTIONS[path] ??
      ENDINGS.find(([pattern]) => pattern.test(path))?.[1] ??
      "too few values, or values that do not vary",
  );
}

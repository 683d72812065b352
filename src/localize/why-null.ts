import { reasonsOfNulls } from "../text/null-reasons.js";
import type { Localization } from "./localization-schema.js";

/** Reasons by the name of the number, where it is not that there are too few values. */
const REASONS: Record<string, string> = {
  increment: "no layer comes before the first",
  relative: "no external images",
  candidate_first: "no external images",
  tau: "scores that do not vary",
  tau_p: "scores that do not vary",
  classmem: "no labels",
  unitmem: "the activations are partly negative, so that the ratio says nothing",
  unitmem_median: "the activations are partly negative, so that the ratio says nothing",
};

/** Why each null of a localisation is one, by its path. */
export function whyNull(result: Localization): Record<string, string> {
  return reasonsOfNulls(result, (path) => {
    const named = path.split(".").findLast((name) => name in REASONS);
    return (named && REASONS[named]) ?? "too few values";
  });
}

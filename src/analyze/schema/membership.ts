import { z } from "zod";
import { count, estimate, maybe, share } from "./number-schemas.js";

/** Members against others, told apart by one score. */
export const membershipSchema = z.object({
  score: z
    .enum(["sslmem", "memorization", "alignment_f"])
    .describe("alignment_f: L_f alone, lower = member, one encoder only (as EncoderMI); it needs no g"),
  members: z
    .string()
    .describe("Subsets, joined by +: candidate, or shared+candidate (all that f trained on)"),
  others: z.string(),
  n: z.tuple([count, count]),
  auc: estimate,
  tpr_at_fpr: z
    .array(estimate.extend({ fpr: share, resolved: z.boolean() }))
    .describe("Share of members found where at most this share of others is; resolved: 1/others ≤ fpr"),
  balanced_accuracy: estimate.describe(
    "(TPR + TNR) / 2, threshold chosen on one half, counted on the other; the interval is for the images drawn, given the two thresholds, and covers some 91 % in simulations",
  ),
  threshold: maybe.describe("The score's threshold of greatest balanced accuracy over all"),
  roc: z
    .array(z.object({ fpr: share, tpr: share }))
    .describe("From (0, 0) to (1, 1), thinned to at most 201"),
});

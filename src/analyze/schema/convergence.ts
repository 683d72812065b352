import { z } from "zod";
import { count, maybe } from "./number-schemas.js";

const spread = z.object({ median: maybe, p90: maybe });

/** How exactly the points of a subset are known. */
export const pointErrorSchema = z.object({
  subset: z.string(),
  views: spread.describe("Jackknife standard error of sslmem over views"),
  pairs: spread.describe("Standard deviation of sslmem over pairs; null with one"),
  reliability: maybe.describe(
    "Share of the variance over points that is not view noise: 1 − mean se² / sd², at least 0",
  ),
});

/** What fewer or more views would have given, from the kept distances of pairs of views. */
export const convergenceSchema = z.object({
  subset: z.string(),
  n: count.describe("Images looked at"),
  sampled: z.boolean().describe("Whether these are a seeded sample of more"),
  k: count.describe("Views that were scored"),
  top: count.describe("Length of the top list"),
  steps: z
    .array(
      z.object({
        k: count,
        se: maybe.describe("Mean jackknife error of sslmem with the first k views"),
        spearman_with_all: maybe.describe(
          "Rank correlation with the score of all views (these are among them)",
        ),
        spearman_halves: maybe.describe("Rank correlation of k views with k others; null for k above half"),
        spearman_predicted: maybe.describe("Spearman and Brown's forecast of that from the largest halves"),
        top_overlap: maybe.describe("Share of the top list that k views and k others have in common"),
      }),
    )
    .describe("k ascending; may go beyond the views that were scored, by forecast only"),
  reliability: maybe.describe("Forecast rank correlation of all views with as many others"),
  needed: maybe.describe("Views at which the forecast reaches 0.9"),
  enough: z.boolean().nullable(),
  sentence: z.string(),
});

import { z } from "zod";
import { convergenceSchema, pointErrorSchema } from "./schema/convergence.js";
import {
  duplicatesSchema,
  knnResultSchema,
  outlierSummarySchema,
  scoredImageSchema,
  slicesSchema,
} from "./schema/images.js";
import { membershipSchema } from "./schema/membership.js";
import { count, estimate, maybe, share } from "./schema/number-schemas.js";
import { pairSummarySchema, rangeScaledSchema, subsetSummarySchema } from "./schema/subsets.js";
import { comparisonSchema, subsetTestSchema } from "./schema/tests.js";

/** analysis.json: every figure of an audit. A number that is not defined is null, and `why` has the reason by its path. */
export const analysisSchema = z
  .object({
    schema: z.literal("sslmem/analysis@1"),
    images: count.describe("Images scored"),
    pairs: count.describe("Encoder pairs (seeds); scores are averaged over them, point by point"),
    views: z
      .object({ k: maybe, scheme: z.string().nullable(), distance: z.string().nullable() })
      .describe(
        "How the images were scored, from the parts' metadata: views an image, pairs of them, distance",
      ),
    intervals: z
      .object({
        level: share.describe("Level of every interval in this file: 0.95"),
        resamples: count,
        seed: z.number().int(),
        of_means: z.enum(["points", "points-and-pairs"]),
        method: z.string().describe("In words, for the report"),
      })
      .describe("points: seeded percentile bootstrap; points-and-pairs: both are taken as drawn at random"),
    headline: z
      .object({
        verdict: z.enum(["memorized", "maybe", "not-told-apart", "no-external"]),
        sentence: z.string(),
        relative: estimate.describe("Mean sslmem of the candidates minus that of the external images"),
        raw: estimate.describe("Mean sslmem of the candidates, the pair's offset in it"),
        p_greater: maybe.describe("Welch's one-sided p; with several pairs that of the two-level t"),
        cohens_d: estimate,
      })
      .describe("The finding: the relative figure first, the mean by itself (raw) beside it"),
    subsets: z.array(subsetSummarySchema),
    by_pair: z
      .array(pairSummarySchema)
      .describe("The means of every pair; the spread over them is the seeds'"),
    tests: z.array(subsetTestSchema).describe("t-tests of sslmem"),
    comparisons: z.array(comparisonSchema).describe("The same pairs of subsets: rank tests and effect sizes"),
    candidates_above: z
      .object({ zero: maybe, half: maybe })
      .describe("Shares of the candidates with sslmem above 0 and above 0.5"),
    membership_auc: maybe.describe(
      "Probability that a candidate scores above an external image; 0.5 is chance",
    ),
    membership: z.array(membershipSchema).describe("Telling members from others, by several scores"),
    point_error: z.array(pointErrorSchema).describe("How exactly single points are known, by subset"),
    convergence: convergenceSchema
      .nullable()
      .describe("How many views suffice; null unless the parts keep the view distances (--keep-views)"),
    slices: slicesSchema.nullable().describe("Null where there are neither labels nor image facts"),
    near_duplicates: duplicatesSchema.nullable().describe("Null where the images were not looked at"),
    most_memorized: z.array(scoredImageSchema),
    least_memorized: z.array(scoredImageSchema),
    outliers: outlierSummarySchema.nullable(),
    knn: z.array(knnResultSchema),
    range_scaled: rangeScaledSchema.optional().describe("Only with --range-scaled"),
    skipped: z.array(z.object({ id: z.string(), reason: z.string() })),
    warnings: z.array(z.string()).describe("Sentences that a reader must see before he trusts the figures"),
    why: z.record(z.string(), z.string()).describe("Why a number is null, by its path in this file"),
  })
  .describe("sslmem/analysis@1");

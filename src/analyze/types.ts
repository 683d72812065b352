import type { z } from "zod";
import type { analysisSchema } from "./analysis-schema.js";
import type { convergenceSchema, pointErrorSchema } from "./schema/convergence.js";
import type {
  duplicatesSchema,
  knnResultSchema,
  outlierSummarySchema,
  scoredImageSchema,
  sliceSchema,
  slicesSchema,
} from "./schema/images.js";
import type { membershipSchema } from "./schema/membership.js";
import type { pairSummarySchema, rangeScaledSchema, subsetSummarySchema } from "./schema/subsets.js";
import type { comparisonSchema, subsetTestSchema } from "./schema/tests.js";

export type { Estimate, Maybe } from "../statistics/types.js";

// What each field is stands in the schema, which is also what is published.

/** One subset's scores. */
export type SubsetSummary = z.infer<typeof subsetSummarySchema>;
/** The means of one encoder pair. */
export type PairSummary = z.infer<typeof pairSummarySchema>;
/** A two-sample t-test of sslmem, first subset against second. */
export type SubsetTest = z.infer<typeof subsetTestSchema>;
/** Rank tests and effect sizes of two subsets. */
export type Comparison = z.infer<typeof comparisonSchema>;
/** Members against others, told apart by one score. */
export type Membership = z.infer<typeof membershipSchema>;
/** How exactly the points of a subset are known. */
export type PointError = z.infer<typeof pointErrorSchema>;
/** How many views suffice. */
export type Convergence = z.infer<typeof convergenceSchema>;
/** One slice of the images. */
export type Slice = z.infer<typeof sliceSchema>;
/** All slices, and the most memorised one. */
export type Slices = z.infer<typeof slicesSchema>;
/** Near-duplicates in and between subsets. */
export type Duplicates = z.infer<typeof duplicatesSchema>;
/** An image and its score, averaged over pairs. */
export type ScoredImage = z.infer<typeof scoredImageSchema>;
/** Where the planted outliers stand among the candidates. */
export type OutlierSummary = z.infer<typeof outlierSummarySchema>;
/** kNN accuracy of one encoder. */
export type KnnResult = z.infer<typeof knnResultSchema>;
/** The score divided by its range over the scored images, as the paper's code does. */
export type RangeScaled = z.infer<typeof rangeScaledSchema>;
/** analysis.json. */
export type Analysis = z.infer<typeof analysisSchema>;

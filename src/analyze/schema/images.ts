import { z } from "zod";
import { count, estimate, maybe } from "./number-schemas.js";

/** An image and its score, averaged over pairs. */
export const scoredImageSchema = z.object({
  index: count,
  id: z.string(),
  label: z.number().int().nullable(),
  sslmem: z.number(),
  se: maybe.describe("Jackknife standard error over views (root mean square over pairs, over √pairs)"),
  pair_sd: maybe.describe("Standard deviation over pairs; null with one"),
  error: maybe.describe("Standard error of the score over views and pairs together"),
  low: maybe.describe("Interval of sslmem from that error"),
  high: maybe,
  relative: maybe.describe("sslmem minus the external mean"),
  relative_low: maybe,
  relative_high: maybe,
  memorization: z.number(),
  outlier: z.boolean(),
});

/** Where the planted outliers stand among the candidates. */
export const outlierSummarySchema = z.object({
  n: count.describe("Planted outliers among the candidates"),
  others: count,
  ranks: z.array(z.number()).describe("Rank of each among the candidates, 1 = most memorised"),
  auc: maybe.describe("Probability that an outlier scores above another candidate; 0.5 is chance"),
});

/** kNN accuracy of one encoder. */
export const knnResultSchema = z.object({
  encoder: z.enum(["f", "g"]),
  pair: count,
  k: count,
  accuracy: z.number().describe("Share of external images whose label is found, 0 to 1; n of them"),
  n: count,
});

/** One slice of the images: a class, or a range of an image fact. */
export const sliceSchema = z.object({
  by: z.string().describe("class, or the name of the fact"),
  name: z.string().describe("The class's name, or the range in words"),
  key: z.string().describe("What `sslmem curate --slice` takes"),
  from: maybe.describe("Range of the fact, both ends included; null for classes"),
  to: maybe,
  n: count.describe("Candidates in it"),
  n_external: count,
  mean: estimate.describe("Mean sslmem of its candidates"),
  relative: estimate.describe("That minus the mean of the external images in the same slice"),
  contrast: estimate.describe(
    "The relative figure (without external images: the mean) minus that of all other candidates",
  ),
  p_two_sided: maybe.describe("Of the contrast"),
  p_adjusted: maybe.describe("Corrected for the number of slices (Holm)"),
});

/** All slices. */
export const slicesSchema = z.object({
  slices: z.array(sliceSchema),
  tested: count,
  alpha: z.number(),
  most_memorized: z.string().nullable().describe("Key of the slice with the greatest significant contrast"),
  sentence: z.string(),
});

const duplicate = z.object({ index: count, id: z.string(), subset: z.string() });

/** Near-duplicates, found by perceptual hash. */
export const duplicatesSchema = z.object({
  pairs: count.describe("Pairs of images that look alike"),
  between_subsets: count.describe("Those whose images are in different subsets: they break the experiment"),
  by_subsets: z.array(z.object({ first: z.string(), second: z.string(), pairs: count })),
  listed: z
    .array(z.object({ first: duplicate, second: duplicate, distance: count, similarity: z.number() }))
    .describe("Pairs between subsets, the most alike first, at most 50; distance in bits of 64"),
  candidates_affected: count.describe("Candidates with a near-duplicate in another subset"),
  relative_without: estimate.describe("The headline's relative figure without the images of such pairs"),
});

import { z } from "zod";
import { count, estimate, maybe } from "./number-schemas.js";

const sizes = z.tuple([count, count]);

/** A two-sample t-test of sslmem, first subset against second. */
export const subsetTestSchema = z.object({
  first: z.string(),
  second: z.string(),
  kind: z.enum(["student", "welch"]).describe("Equal variances (Student, as the papers) or not (Welch)"),
  n: sizes,
  difference: maybe,
  t: maybe,
  df: maybe,
  p_greater: maybe.describe("H1: the first mean is greater"),
  p_two_sided: maybe,
  cohens_d: maybe.describe("The difference over the pooled standard deviation"),
});

/** Two subsets compared without assuming a shape, and how large the difference is. */
export const comparisonSchema = z.object({
  first: z.string(),
  second: z.string(),
  n: sizes,
  difference: estimate.describe("Of the means of sslmem"),
  cohens_d: estimate,
  auc: estimate.describe("P(first > second) + P(equal) / 2; interval by DeLong"),
  mann_whitney: z.object({
    u: maybe.describe("Of the first subset"),
    z: maybe.describe("Normal approximation, corrected for ties, before the continuity correction"),
    p_two_sided: maybe,
    p_greater: maybe,
  }),
  kolmogorov_smirnov: z.object({
    d: maybe.describe("Largest distance of the two distribution functions"),
    p_two_sided: maybe.describe("Kolmogorov's limit with Stephens' small-sample factor"),
  }),
});

import { z } from "zod";
import { count, estimate, interval, maybe, share } from "./number-schemas.js";

/** Points found above something after Benjamini and Hochberg's correction. */
const discoveries = z.object({ n: count, share: maybe });

/** One subset's scores. */
export const subsetSummarySchema = z.object({
  subset: z.string(),
  n: count,
  mean: maybe.describe("Mean of sslmem"),
  sd: maybe.describe("Standard deviation over points, divisor n − 1"),
  se: maybe.describe("Standard error of the mean over points: sd / √n"),
  mean_interval: interval,
  sd_interval: interval,
  memorization: z
    .object({ mean: maybe, sd: maybe, se: maybe, low: maybe, high: maybe })
    .describe("The same of memorization, L_g − L_f"),
  relative: z
    .object({ mean: maybe, se: maybe, low: maybe, high: maybe })
    .describe(
      "Mean of sslmem minus the external images', which measure the pair's offset; exactly 0 for these",
    ),
  lf: z.object({ mean: maybe, sd: maybe }).describe("Alignment loss under f"),
  lg: z.object({ mean: maybe, sd: maybe }),
  quantiles: z
    .array(estimate.extend({ q: share }))
    .describe("Of sslmem, interpolated linearly (type 7), q ascending"),
  above: z
    .array(estimate.extend({ threshold: z.number() }))
    .describe("Share of points with sslmem above the threshold"),
  above_relative: z
    .array(estimate.extend({ threshold: z.number() }))
    .describe("The same of sslmem minus the external mean; empty without external images"),
  paired: z
    .object({
      t: maybe,
      df: maybe,
      p_two_sided: maybe,
      p_greater: maybe,
      d_z: estimate.describe("Cohen's d_z: mean of L_g − L_f over its standard deviation"),
    })
    .describe("Paired t-test of L_g against L_f on the same points; greater: L_g is"),
  discoveries: z
    .object({
      alpha: share.describe("False discovery rate"),
      above_zero: discoveries.describe("sslmem above 0 beyond its own error (t over views)"),
      above_external_mean: discoveries.describe("sslmem minus the external mean above 0 beyond its error"),
      beyond_external: discoveries.describe(
        "Above what external images reach: conformal p-values, which no assumption on the error enters",
      ),
    })
    .describe("Single points, corrected for their number; for external images these are false discoveries"),
  histogram: z
    .object({ from: z.number(), to: z.number(), counts: z.array(count) })
    .describe("sslmem in equal bins, the same bins for all subsets; the last bin includes `to`"),
});

/** The means of one encoder pair. */
export const pairSummarySchema = z.object({
  pair: count,
  subsets: z.array(z.object({ subset: z.string(), n: count, mean: maybe, relative: maybe })),
});

/** The score divided by its range over the scored images, as the paper's code does. */
export const rangeScaledSchema = z.object({
  range: z.number().describe("Largest minus smallest memorization score"),
  subsets: z.array(z.object({ subset: z.string(), mean: maybe, sd: maybe })),
});

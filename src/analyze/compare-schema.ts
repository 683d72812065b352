import { z } from "zod";
import { count, maybe, share } from "./schema/number-schemas.js";

/** One ranking that was compared. */
const input = z.object({ name: z.string(), points: count });

/** Two rankings of the points that both have. */
export const comparedPairSchema = z.object({
  first: z.string(),
  second: z.string(),
  n: count.describe("Points that both have"),
  only_first: count,
  only_second: count,
  kendall: z.object({ tau_b: maybe, p_two_sided: maybe }),
  spearman: z.object({ rho: maybe, p_two_sided: maybe }),
  pearson: maybe,
  rank_biased_overlap: z
    .object({ p: share, value: share })
    .describe("RBO_EXT of Webber et al. 2010, most memorised first; it looks some 1 / (1 − p) ranks deep"),
  mean_difference: maybe.describe("Mean of first − second over the points"),
  top: z
    .array(
      z.object({
        k: count,
        common: count,
        overlap: share.describe("common / k"),
        chance: share.describe("What two random lists would share: k / n"),
        p_chance: share.describe("Probability that random lists share as many (hypergeometric)"),
      }),
    )
    .describe("Lists of the k most memorised, ties by id"),
  scatter: z.object({
    sampled: z.boolean().describe("Whether the points are a sample"),
    points: z.array(z.object({ id: z.string(), first: z.number(), second: z.number() })),
  }),
});

/** What `sslmem compare --format json` prints. */
export const comparisonReportSchema = z
  .object({
    schema: z.literal("sslmem/compare@1"),
    score: z.string().describe("The column that ranks"),
    subset: z.string().describe("Which points: a subset, or all"),
    inputs: z.array(input),
    pairs: z
      .array(comparedPairSchema)
      .describe("Every input with every later one; of several runs by layers, the same layer of every two"),
    warnings: z.array(z.string()).describe("Sentences to read before the figures are trusted"),
  })
  .describe("sslmem/compare@1");

export type ComparisonReport = z.infer<typeof comparisonReportSchema>;

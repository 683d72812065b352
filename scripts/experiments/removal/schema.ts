import { z } from "zod";

export const REMOVAL_SCHEMA = "sslmem/removal@1";

const interval = z.tuple([z.number(), z.number()]);

const difference = z.object({ mean: z.number(), interval: interval.nullable() });

/** The probe of one encoder on one data set: one point of the experiment. */
export const trial = z.object({
  seed: z.int().min(0),
  /** Which candidates were removed; "none" for the encoder of the audit itself. */
  pick: z.enum(["none", "most", "matched-random", "random", "least"]),
  removed: z.int().min(0),
  /** "same": the data that the encoder was trained on; "other": another data set. */
  on: z.enum(["same", "other"]),
  data: z.string(),
  method: z.string(),
  accuracy: z.number().min(0).max(1),
});

/** All seeds of one pick, size, data set and probe. */
export const cell = trial.omit({ seed: true, accuracy: true }).extend({
  seeds: z.int().min(1),
  mean: z.number(),
  /** Student's 95 % interval over the seeds; null with one seed. */
  interval: interval.nullable(),
  /** Mean of the differences, seed by seed, from random removal of as many; null for it itself and without it. */
  against_random: difference.nullable(),
  /** The same of the most memorised from random ones of the same classes; null for all others. */
  against_matched: difference.nullable(),
});

export const removalSchema = z.object({
  schema: z.literal(REMOVAL_SCHEMA),
  /** Settings and machine of the first seed's audit (seeds differ in seed and split seed), without folders; null if it is gone. */
  context: z.object({ settings: z.record(z.string(), z.unknown()), session: z.unknown() }).nullable(),
  trials: z.array(trial),
  cells: z.array(cell),
});

export type Trial = z.infer<typeof trial>;
export type Cell = z.infer<typeof cell>;
export type Removal = z.infer<typeof removalSchema>;
export type Pick = Trial["pick"];
/** In the order of the tables. */
export const PICKS = trial.shape.pick.options;

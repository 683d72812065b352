import { z } from "zod";
import { NETWORKS } from "../settings/scoring-settings.js";

export const PROBE_SCHEMA = "sslmem/probe@1";

const share = z.number().min(0).max(1);
/** 95 % interval; the ends of one over seeds may lie outside of [0, 1]. */
const interval = z.tuple([z.number(), z.number()]);
const whole = z.int().min(0);

export const PROBE_METHODS = ["sgd", "lbfgs", "knn"] as const;

const result = z.object({
  method: z.enum(PROBE_METHODS),
  /** Share of the test images whose class is found, one for each seed. */
  accuracies: z.array(share),
  mean: share,
  /** Student's interval of the mean over the seeds; null with one seed, or where nothing varies with it. */
  over_seeds: interval.nullable(),
  /** Wilson's interval for the drawing of the test images, at the mean. */
  over_test_images: interval,
  /** What the method was run with, for each seed where it differs: C of lbfgs, k of knn. */
  parameters: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
});

const encoder = z.object({
  /** f or g of a run's pair, or "weights" for a file. */
  encoder: z.enum(["f", "g", "weights"]),
  pair: whole,
  weights: z.string(),
  results: z.array(result),
});

/** What `sslmem probe` finds: how well the classes can be read from an encoder's representations. */
export const probeSchema = z.object({
  schema: z.literal(PROBE_SCHEMA),
  data: z.string(),
  /** Which of the networks of a run's encoders is probed; null for weights of a file. Earlier versions had no choice. */
  network: z.enum(NETWORKS).nullable().optional(),
  architecture: z.string(),
  layer: z.string().nullable(),
  /** What of the features is probed; not looked at where a layer is captured. */
  pooling: z.string(),
  /** What the encoders ran on: engine, device, precision and more. */
  engine: z.record(z.string(), z.string()),
  image_size: whole,
  classes: z.array(z.string()),
  /** Images that a classifier is fitted to, and that it is judged by. */
  train: whole,
  test: whole,
  /** Whether the data set has no test part, so that a fifth of its images, drawn by seed 0, is that. */
  held_out: z.boolean(),
  seeds: z.int().min(1),
  encoders: z.array(encoder),
  /** Mean over the pairs of a run and Student's interval, where there are several. */
  over_pairs: z.array(
    z.object({
      encoder: z.enum(["f", "g"]),
      method: z.enum(PROBE_METHODS),
      pairs: whole,
      mean: share,
      interval: interval.nullable(),
    }),
  ),
});

/** What `sslmem probe` finds. */
export type ProbeReport = z.infer<typeof probeSchema>;
export type EncoderProbe = z.infer<typeof encoder>;
export type ProbeResult = z.infer<typeof result>;
export type ProbeMethod = (typeof PROBE_METHODS)[number];

import { z } from "zod";
import { comparedPairSchema } from "../analyze/compare-schema.js";
import { analysisSchema } from "../analyze/index.js";
import type { Op } from "../augment/index.js";
import { takenSchema } from "../data/index.js";
import { localizeSchema } from "../localize/localization-schema.js";
import { NETWORKS } from "../settings/scoring-settings.js";
import { metricsPoint } from "../train/metrics.js";

export const REPORT_SCHEMA = "sslmem/report@1";

const number = z.number();
const whole = z.int().min(0);

/** How many images of a subset have a score in each bin. */
export const distributions = z.object({
  /** Width of a bin; edges are multiples of it. */
  width: number.positive(),
  /** Lower edge of the first bin. */
  from: number,
  subsets: z.array(z.object({ subset: z.string(), counts: z.array(whole) })),
});

/** Losses of some images of every subset, for the plot of L_f against L_g. */
export const scatter = z.object({
  points: z.array(z.object({ id: z.string(), subset: z.string(), lf: number, lg: number, sslmem: number })),
  /** Images that they were drawn from. */
  of: whole,
});

/** How one encoder was trained. */
export const curve = z.object({
  pair: whole,
  encoder: z.enum(["f", "g"]),
  /** Some of the lines, evenly; the last one is always among them. */
  points: z.array(metricsPoint),
  /** Lines that they were drawn from. */
  of: whole,
});

const operation = z.custom<Op>((value) => typeof (value as { op?: unknown } | null)?.op === "string");

/** Facts of an image that is shown. */
export const shownImage = z.object({
  index: whole,
  id: z.string(),
  label: z.string().nullable(),
  lf: number,
  lg: number,
  width: whole.nullable(),
  height: whole.nullable(),
  /** Operations of the views that are shown, in order, as torchvision's functional names them; null without pictures. */
  views: z.array(z.array(operation)).nullable(),
});

const session = z.object({
  started: z.string(),
  command: z.string(),
  sslmem: z.string(),
  gitCommit: z.string().nullable(),
  node: z.string(),
  system: z.string(),
  cpu: z.string(),
  cpuFeatures: z.array(z.string()),
  cores: number,
  memoryGiB: number,
  packages: z.record(z.string(), z.string()),
  engine: z.record(z.string(), z.string()).nullable(),
});

/** report.json: what report.html shows, and no picture. */
export const reportSchema = z.object({
  schema: z.literal(REPORT_SCHEMA),
  /** The program that wrote it, and when (ISO 8601). */
  sslmem: z.string(),
  written: z.string(),
  /** Name of the data set (no folders) and of the run's preset. */
  data: z.string(),
  preset: z.string(),
  /** Whether f and g are weights from elsewhere: sslmem did not train them and does not know what they saw. */
  foreign: z.boolean(),
  /** The finding in words. */
  finding: z.object({ headline: z.string(), sentences: z.array(z.string()) }),
  /** The numbers of the first screen: where in this file each stands. */
  numbers: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      /** Standard error; or the ends of the interval at analysis.intervals.level. */
      error: z.string().nullable(),
      interval: z.tuple([z.string(), z.string()]).nullable(),
      format: z.enum(["score", "percent", "decimals"]),
      explanation: z.string(),
    }),
  ),
  /** What the data set was taken for, and what was left out of it; null for runs that do not say. */
  listing: takenSchema.nullable().optional(),
  analysis: analysisSchema,
  distributions,
  scatter,
  training: z.array(curve),
  /** A sentence for each encoder whose training has collapsed; earlier versions did not look. */
  collapsed: z.array(z.string()).optional(),
  /** Which of the networks of f and of g were scored: what --network says and what it comes to; null for weights from elsewhere. */
  network: z
    .object({
      chosen: z.enum(NETWORKS),
      network: z.enum(["trained", "average"]),
      arrays: z.string(),
    })
    .nullable()
    .optional(),
  /** localize.json as it is: where in the network f memorises; null until `sslmem localize` has run. */
  localization: localizeSchema.nullable(),
  images: z.object({
    /** Views that every image was scored on; null when the parts do not say. */
    viewsEach: whole.nullable(),
    most: z.array(shownImage),
    least: z.array(shownImage),
    /** Whether report.html has the pictures, and if not, why not. */
    pictures: z.boolean(),
    reason: z.string().nullable(),
  }),
  settings: z.record(z.string(), z.object({ value: z.unknown(), from: z.string() })),
  sessions: z.array(session),
});

/** report.json. */
export type Report = z.infer<typeof reportSchema>;
/** An image that is shown, with its facts. */
export type ShownImage = z.infer<typeof shownImage>;
/** The training of one encoder, as points of a curve. */
export type Curve = z.infer<typeof curve>;

export const COMPARISON_SCHEMA = "sslmem/report-comparison@1";

/** The page that compares two runs, for programs. */
export const comparisonSchema = z.object({
  schema: z.literal(COMPARISON_SCHEMA),
  sslmem: z.string(),
  written: z.string(),
  /** The two runs, by the names of their directories. */
  runs: z.tuple([comparedRun(), comparedRun()]),
  /** Settings whose values differ. */
  differing: z.array(z.object({ setting: z.string(), first: z.unknown(), second: z.unknown() })),
  /** How the two rank the images that are candidates in both, found by id; null with fewer than three. */
  agreement: comparedPairSchema
    .pick({ n: true, kendall: true, spearman: true, pearson: true, rank_biased_overlap: true, top: true })
    .nullable(),
  /** Some of those images, drawn at random. */
  scatter: z.object({
    points: z.array(z.object({ id: z.string(), first: number, second: number })),
    of: whole,
  }),
});

function comparedRun() {
  return reportSchema
    .pick({ data: true, preset: true, finding: true, analysis: true, distributions: true })
    .extend({ name: z.string() });
}

/** The JSON beside the page that compares two runs. */
export type Comparison = z.infer<typeof comparisonSchema>;

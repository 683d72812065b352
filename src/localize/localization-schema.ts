import { z } from "zod";
import { NETWORKS } from "../settings/scoring-settings.js";

export const LOCALIZE_SCHEMA = "sslmem/localize@1";

const number = z.number();
/** A number, or null with its reason in `why`. */
const maybe = number.nullable();
const whole = z.int().min(0);
/** A mean and its standard error. */
const estimate = z.object({ mean: maybe, se: maybe });

/** One subset's scores at one layer. */
const layerSubset = z.object({
  subset: z.string(),
  n: whole,
  /** LayerMem: the mean of sslmem over the images; its standard deviation and error over them. */
  mean: maybe,
  sd: maybe,
  se: maybe,
  /** ΔLayerMem: the mean difference from the layer before, image by image; null at the first layer. */
  increment: estimate.nullable(),
  /** Difference from the external images, which measure the pair's offset; null where there are none. */
  relative: estimate.nullable(),
});

const layer = z.object({
  layer: z.string(),
  /** Place in the network, from 0; the representation comes last. */
  position: whole,
  /** Length of the flattened output of one view. */
  dim: whole,
  units: whole,
  subsets: z.array(layerSubset),
  /** Mean score at this layer of the candidates with the highest and lowest scores at the representation; n of each. */
  extremes: z.object({ n: whole, most: maybe, least: maybe }),
});

/** How alike two layers rank the candidates (the paper's table 3). */
const overlap = z.object({
  first: z.string(),
  second: z.string(),
  k: whole,
  /** Share of the k most memorised that both have, and the share that two random rankings would have in common. */
  shared: number,
  chance: number,
  /** Kendall's tau-b over all candidates, and its p-value under no association; null where scores do not vary. */
  tau: maybe,
  tau_p: maybe,
});

/** One of the two forms of UnitMem over the units of a layer. */
const unitSummary = z.object({ mean: maybe, median: maybe, maximum: maybe });

const unitLayer = z.object({
  layer: z.string(),
  position: whole,
  encoder: z.enum(["f", "g"]),
  /** Images that μ_max and μ_rest are taken over; as many in every subset. */
  subset: z.string(),
  images: whole,
  /** Units of the layer, all pairs together; those that no image excites; those whose ratio is not defined. */
  units: whole,
  dead: whole,
  undefined: whole,
  unitmem: unitSummary,
  unitmem_median: unitSummary,
  /** Null without labels. */
  classmem: unitSummary.nullable(),
  /**
   * Share of the units that respond most, of all images looked at, to a candidate: 1/2 by chance, since there are as many
   * candidates as external images; above it for f where units respond to having been trained on an image. Null without
   * external images.
   */
  candidate_first: maybe,
});

const topUnit = z.object({
  pair: whole,
  layer: z.string(),
  position: whole,
  unit: whole,
  unitmem: number,
  unitmem_median: maybe,
  classmem: maybe,
  /** The candidates that excite it most, and their mean activations. */
  images: z.array(z.object({ index: whole, id: z.string(), activation: number })),
});

const topImage = z.object({
  index: whole,
  id: z.string(),
  /** Units of f, and of g, that respond to it more than to any other candidate, all layers and pairs together. */
  units_f: whole,
  units_g: whole,
  /** The largest UnitMem among those of f; null where none is defined. */
  unitmem: maybe,
});

/** localize.json: where in the network f memorises (LayerMem, UnitMem and ClassMem; arXiv 2409.19069). */
export const localizeSchema = z.object({
  schema: z.literal(LOCALIZE_SCHEMA),
  architecture: z.string(),
  /** What of the features is the representation; earlier versions had nothing else and did not say. */
  pooling: z.string().default("pooled"),
  /** Which of the networks of f and g, as --network says; absent for weights from elsewhere, and in earlier versions, which had no choice. */
  network: z.enum(NETWORKS).optional(),
  policy: z.string(),
  image_size: whole,
  views: whole,
  distance: z.string(),
  scheme: z.string(),
  normalize: z.boolean(),
  /** Seed of the views, and of the draw of the images. */
  seed: whole,
  /** Images encoded at once. */
  batch: whole,
  pairs: whole,
  images: z.array(z.object({ subset: z.string(), n: whole, of: whole })),
  layers: z.array(layer),
  /** Kendall's tau-b between a layer's place and the candidates' LayerMem, raw and minus external: does it grow with depth? */
  depth_trend: z.object({ raw: maybe, relative: maybe }),
  overlaps: z.array(overlap),
  units: z.array(unitLayer),
  /** Units of f with the largest UnitMem over the candidates. */
  top_units: z.array(topUnit),
  /** Candidates that most units of f respond to most. */
  top_images: z.array(topImage),
  /** Why a number is null, by its path in this file. */
  why: z.record(z.string(), z.string()),
});

/** localize.json. */
export type Localization = z.infer<typeof localizeSchema>;
export type LayerSummary = z.infer<typeof layer>;
export type LayerOverlap = z.infer<typeof overlap>;
export type UnitLayerSummary = z.infer<typeof unitLayer>;
export type TopImage = z.infer<typeof topImage>;
export type TopUnit = z.infer<typeof topUnit>;

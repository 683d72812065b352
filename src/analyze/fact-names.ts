/** The image facts that slices are made of: columns of facts.parquet. None of them needs a label. */
export const FACTS = {
  brightness: "brightness",
  contrast: "contrast",
  colourfulness: "colourfulness",
  entropy: "entropy",
  edge_density: "edge density",
  bytes: "file size in bytes",
  pixels: "size in pixels",
  near_duplicates: "number of near-duplicates",
  nearest: "distance to the nearest image in f's space",
} as const;

export type FactName = keyof typeof FACTS;
export const FACT_NAMES = Object.keys(FACTS) as FactName[];

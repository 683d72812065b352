/** Metrics that no method declares since every training has them, or may have: name → sentence for the report. */
export const COMMON_METRICS: Readonly<Record<string, string>> = {
  spread:
    "standard deviation of the trained encoder's representation over the batch, scaled to unit length, times √d: about 1 where directions are independent, 0 collapsed",
  alignment:
    "mean angle between the representations of two views of an image, over π: what --alignment-weight enlarges",
};

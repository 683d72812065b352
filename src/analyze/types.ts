/** A number, or null with the reason why it is not defined. */
export type Maybe = number | null;

/** One subset's scores. */
export interface SubsetSummary {
  subset: string;
  n: number;
  /** Mean, standard deviation (divisor n − 1) and standard error of the mean of sslmem. */
  mean: Maybe;
  sd: Maybe;
  se: Maybe;
  /** The same of the raw memorization score L_g − L_f. */
  memorization: { mean: Maybe; sd: Maybe; se: Maybe };
  /** Difference of the mean of sslmem from the external images', which measure the pair's offset, and its error. */
  relative: { mean: Maybe; se: Maybe };
}

/** A two-sample t-test of sslmem, first subset against second. */
export interface SubsetTest {
  first: string;
  second: string;
  /** Equal variances (Student, as the papers) or not (Welch). */
  kind: "student" | "welch";
  n: [number, number];
  difference: Maybe;
  t: Maybe;
  df: Maybe;
  /** H1: the first mean is greater. */
  p_greater: Maybe;
  p_two_sided: Maybe;
  /** Cohen's d: the difference over the pooled standard deviation. */
  cohens_d: Maybe;
}

/** An image and its score, averaged over pairs. */
export interface ScoredImage {
  index: number;
  id: string;
  sslmem: number;
  /** Jackknife standard error over views (root mean square over pairs, over √pairs). */
  se: Maybe;
  /** Standard deviation over pairs; null with one. */
  pair_sd: Maybe;
  memorization: number;
  outlier: boolean;
}

/** Where the planted outliers stand among the candidates. */
export interface OutlierSummary {
  /** Planted outliers and other images among the candidates. */
  n: number;
  others: number;
  /** Rank of each among the candidates, 1 = most memorised. */
  ranks: number[];
  /** Probability that an outlier scores above another candidate; 0.5 is chance. */
  auc: Maybe;
}

export interface KnnResult {
  encoder: "f" | "g";
  pair: number;
  k: number;
  /** Share of external images whose label is found, 0 to 1; n of them. */
  accuracy: number;
  n: number;
}

/** The score divided by its range over the scored images, as the paper's code does. */
export interface RangeScaled {
  /** Largest minus smallest memorization score. */
  range: number;
  subsets: { subset: string; mean: Maybe; sd: Maybe }[];
}

/** analysis.json. */
export interface Analysis {
  schema: "sslmem/analysis@1";
  images: number;
  pairs: number;
  subsets: SubsetSummary[];
  tests: SubsetTest[];
  /** Shares of the candidates with sslmem above 0 and above 0.5. */
  candidates_above: { zero: Maybe; half: Maybe };
  /** Probability that a candidate scores above an external image; 0.5 is chance (membership). */
  membership_auc: Maybe;
  most_memorized: ScoredImage[];
  least_memorized: ScoredImage[];
  outliers: OutlierSummary | null;
  knn: KnnResult[];
  /** Only with --range-scaled. */
  range_scaled?: RangeScaled;
  skipped: { id: string; reason: string }[];
  /** Why a number is null, by its path in this file. */
  why: Record<string, string>;
}

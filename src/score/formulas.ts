/** Alignment losses of one image under one encoder, from the same views as the other encoder's. */
export interface Losses {
  /** Mean distance over the pairs of views, >= 0. */
  loss: number;
  /** The loss with each view left out in turn; [views]. */
  leaveOneOut: ArrayLike<number>;
}

/** The scores of one image under one encoder pair, as a row of the part files has them. */
export interface Score {
  lf: number;
  lg: number;
  lf_se: number;
  lg_se: number;
  memorization: number;
  memorization_se: number;
  sslmem: number;
  /** Standard error of sslmem. */
  se: number;
}

/** L_g − L_f: the paper's raw score (Wang et al., ICLR 2024). Positive: f, which trained on the image, aligns it better. */
export function memorization(lf: number, lg: number): number {
  return lg - lf;
}

/** (L_g − L_f) / (L_g + L_f) in [−1, 1] (arXiv 2409.19069, equation 2); 0 if both are 0. */
export function sslmem(lf: number, lg: number): number {
  const sum = lg + lf;
  return sum === 0 ? 0 : (lg - lf) / sum;
}

/**
 * Jackknife standard error √((n−1)/n Σ (θᵢ − θ̄)²) of a statistic whose leave-one-out values are θᵢ (Efron and Stein
 * 1981). NaN if there are fewer than two values or one of them is not defined.
 */
export function jackknife(leaveOneOut: ArrayLike<number>): number {
  const n = leaveOneOut.length;
  if (n < 2) return Number.NaN;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (leaveOneOut[i] as number) / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((leaveOneOut[i] as number) - mean) ** 2;
  return Math.sqrt(((n - 1) / n) * squares);
}

/** All scores of an image. The errors of the differences are paired: f and g saw the same views. */
export function scoreOf(f: Losses, g: Losses): Score {
  const paired = (statistic: (lf: number, lg: number) => number) =>
    jackknife(Array.from(f.leaveOneOut, (lf, view) => statistic(lf, g.leaveOneOut[view] as number)));
  return {
    lf: f.loss,
    lg: g.loss,
    lf_se: jackknife(f.leaveOneOut),
    lg_se: jackknife(g.leaveOneOut),
    memorization: memorization(f.loss, g.loss),
    memorization_se: paired(memorization),
    sslmem: sslmem(f.loss, g.loss),
    se: paired(sslmem),
  };
}

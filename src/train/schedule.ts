/**
 * Learning rate of a step: linear from 0 over the warm-up, then a cosine to 0 (Loshchilov and Hutter 2017, arXiv
 * 1608.03983, without restarts).
 *
 * @param step from 0 @param steps in all @param warmup share of all steps, in [0, 1) @param peak largest rate
 */
export function learningRateAt(step: number, steps: number, warmup: number, peak: number): number {
  const warm = Math.round(steps * warmup);
  if (step < warm) return (peak * (step + 1)) / warm;
  return (peak * (1 + Math.cos((Math.PI * (step - warm)) / Math.max(1, steps - warm)))) / 2;
}

/**
 * What a random stream is for: one field of its Philox key, so that streams of different purposes never share a
 * number. The same list is kept in native/core/philox.h (enum Purpose).
 */
export const purposes = {
  /** Views that encoders are trained on. */
  trainViews: 0,
  /** Views that images are scored on. */
  scoreViews: 1,
  /** Order of the images within an epoch. */
  epochOrder: 2,
  /** Assignment of images to subsets. */
  split: 3,
  /** Initial weights. */
  weightInit: 4,
  /** Images of the synthetic source. */
  syntheticImages: 5,
  /** Numbers for each image of a training step: the patches that a masked autoencoder keeps. */
  patchMask: 6,
  /** Evaluation, and everything else. */
  evaluation: 7,
} as const;

export type Purpose = (typeof purposes)[keyof typeof purposes];

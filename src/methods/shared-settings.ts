import { integer, orNull, real, toggle } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";

// Settings that several methods share: one object each, so that a flag means the same for all of them.

export const temperature = setting({
  kind: real(0, 100, true),
  default: 0.5,
  describe: "Temperature of the contrastive loss",
  group: "Training",
  step: "train",
});

export const projectorHidden = setting({
  kind: orNull(integer(1, 65_536), "encoder"),
  default: null,
  describe: "Width of the projector's hidden layers; encoder: that of the representation",
  group: "Training",
  step: "train",
});

export const projectorNorm = setting({
  kind: toggle(),
  default: false,
  describe: "Batch-normalise the projector's hidden layers",
  group: "Training",
  step: "train",
});

export const projectorDim = setting({
  kind: integer(1, 65_536),
  default: 128,
  describe: "Length of the projection",
  group: "Training",
  step: "train",
});

export const predictorHidden = setting({
  kind: integer(1, 65_536),
  default: 512,
  describe: "Width of the predictor's hidden layer",
  group: "Training",
  step: "train",
});

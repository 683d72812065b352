import type { Preset } from "./preset.js";

/** Two cores and no GPU: an answer in under half an hour from 2,000 images at 32 pixels. */
export const small: Preset = {
  name: "small",
  describe: "two cores, no GPU: 2,000 images at 32 px, ResNet-9, SimCLR, 60 epochs; within 30 minutes",
  settings: {
    limit: 2000,
    arch: "resnet9",
    method: "simclr",
    policy: "simclr",
    imageSize: 32,
    epochs: 60,
    batch: 128,
    optimizer: "sgd",
    learningRate: 0.12,
    momentum: 0.9,
    weightDecay: 1e-4,
    warmup: 0.05,
    temperature: 0.5,
    views: 10,
  },
};

import type { Preset } from "./preset.js";

/** What `npm run demo` audits: images that sslmem draws itself, with outliers planted among them. */
export const demo: Preset = {
  name: "demo",
  describe: "images that sslmem draws itself, with planted outliers; under 4 minutes on two cores",
  settings: {
    data: "synthetic:count=1100,size=32,seed=0",
    limit: 1000,
    arch: "resnet9",
    method: "simclr",
    policy: "simclr",
    imageSize: 32,
    epochs: 20,
    batch: 100,
    optimizer: "sgd",
    learningRate: 0.12,
    momentum: 0.9,
    weightDecay: 1e-4,
    warmup: 0.05,
    temperature: 0.5,
    views: 10,
  },
};

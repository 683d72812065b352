import type { Preset } from "./preset.js";

/**
 * The papers' ImageNet experiment (arXiv 2409.19069, table 9 and appendix B: 300 epochs, 30 of warm-up; 100,000 training
 * images, of them 5,000 candidates). SGD at batch 512 stands where the paper has LARS at batch 4,096.
 */
export const imagenet: Preset = {
  name: "imagenet",
  describe: "100,000 images at 224 px, ResNet-18, SimCLR, 300 epochs; for GPUs",
  settings: {
    limit: 100_000,
    shared: 90_000,
    candidate: 5_000,
    independent: 5_000,
    external: 5_000,
    arch: "resnet18",
    imageSize: 224,
    epochs: 300,
    batch: 512,
    recipe: "imagenet",
    views: 10,
  },
};

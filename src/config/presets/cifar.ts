import type { Preset } from "./preset.js";

/**
 * The papers' CIFAR-10 experiment (Wang et al. 2024, table 9 of arXiv 2409.19069: 600 epochs, 60 of warm-up, cosine):
 * 80/10/10 % of all 50,000 training images. SGD at batch 512 stands where the paper has LARS at batch 4,096.
 */
export const cifar: Preset = {
  name: "cifar",
  describe:
    "the papers' CIFAR experiment: all images, ResNet-18, SimCLR, 600 epochs; for a GPU or a patient machine",
  settings: {
    limit: null,
    shared: 0.8,
    candidate: 0.1,
    independent: 0.1,
    arch: "resnet18-cifar",
    imageSize: 32,
    epochs: 600,
    batch: 512,
    recipe: "cifar",
    views: 10,
  },
};

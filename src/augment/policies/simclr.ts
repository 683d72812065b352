import { isSmall, normalize, oddKernel, type PolicyDefinition, square } from "../policy.js";
import type { TransformSpec } from "../specs.js";

/**
 * SimCLR (Chen et al. 2020, "A simple framework for contrastive learning of visual representations", appendix A): crop of
 * 8 to 100 % of the area with a ratio of 3/4 to 4/3, flip with p = .5, colour jitter (.8, .8, .8, .2) x strength with
 * p = .8, greyscale with p = .2, Gaussian blur with p = .5, sigma .1 to 2 and a kernel of a tenth of the side.
 * Strength 1; for images of up to 64 pixels strength .5 and no blur, as its CIFAR-10 experiments (appendix B.9).
 */
export const simclr: PolicyDefinition = {
  name: "simclr",
  description: "SimCLR: crop, flip, colour jitter, greyscale; blur above 64 pixels",
  build(settings) {
    const { imageSize } = settings;
    const small = isSmall(settings);
    const strength = small ? 0.5 : 1;
    const blur: TransformSpec = {
      transform: "gaussian_blur",
      kernel_size: oddKernel(0.1 * imageSize + 1, imageSize),
      sigma: [0.1, 2],
      p: 0.5,
    };
    return [
      {
        name: "views",
        views: 2,
        size: square(imageSize),
        transforms: [
          {
            transform: "random_resized_crop",
            size: square(imageSize),
            scale: [0.08, 1],
            ratio: [3 / 4, 4 / 3],
          },
          { transform: "random_horizontal_flip", p: 0.5 },
          {
            transform: "color_jitter",
            brightness: 0.8 * strength,
            contrast: 0.8 * strength,
            saturation: 0.8 * strength,
            hue: 0.2 * strength,
            p: 0.8,
          },
          { transform: "random_grayscale", p: 0.2 },
          ...(small ? [] : [blur]),
          normalize(settings),
        ],
      },
    ];
  },
};

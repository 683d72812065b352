import { isSmall, normalize, oddKernel, type PolicyDefinition, square } from "../policy.js";
import type { TransformSpec } from "../specs.js";

/**
 * MoCo v2's two views (Chen et al. 2020, arXiv 2003.04297, section 3, and its code), which SimSiam took over: bilinear crop of 20
 * to 100 % of the area, jitter (.4, .4, .4, .1) with p = .8, greyscale with p = .2, blur with p = .5 and sigma .1 to 2, flip. Its
 * blur is Pillow's, without a kernel size: a tenth of the side is taken, as SimCLR's. Up to 64 pixels without blur, as
 * SimSiam's CIFAR experiments (appendix D).
 */
export const moco: PolicyDefinition = {
  name: "moco",
  description: "MoCo v2, SimSiam: crop of 20-100 %, jitter, greyscale, flip; blur above 64 pixels",
  build(settings) {
    const { imageSize } = settings;
    const size = square(imageSize);
    const kernel_size = oddKernel(0.1 * imageSize + 1, imageSize);
    const blur: TransformSpec = { transform: "gaussian_blur", kernel_size, sigma: [0.1, 2], p: 0.5 };
    return [
      {
        name: "views",
        views: 2,
        size,
        transforms: [
          {
            transform: "random_resized_crop",
            size,
            scale: [0.2, 1],
            ratio: [3 / 4, 4 / 3],
            interpolation: "bilinear",
          },
          { transform: "color_jitter", brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 },
          { transform: "random_grayscale", p: 0.2 },
          ...(isSmall(settings) ? [] : [blur]),
          { transform: "random_horizontal_flip", p: 0.5 },
          normalize(settings),
        ],
      },
    ];
  },
};

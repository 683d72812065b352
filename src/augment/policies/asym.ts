import {
  isSmall,
  normalize,
  oddKernel,
  type PolicyDefinition,
  type PolicySettings,
  square,
  type ViewGroup,
} from "../policy.js";
import type { TransformSpec } from "../specs.js";

/** How often a view is blurred and solarised. */
interface Often {
  blur: number;
  solarize: number;
}

function group(name: string, often: Often, settings: PolicySettings): ViewGroup {
  const { imageSize } = settings;
  const size = square(imageSize);
  const kernel_size = oddKernel(0.1 * imageSize + 1, imageSize);
  const blur: TransformSpec = { transform: "gaussian_blur", kernel_size, sigma: [0.1, 2], p: often.blur };
  const solarize: TransformSpec = { transform: "random_solarize", threshold: 128 / 255, p: often.solarize };
  return {
    name,
    views: 1,
    size,
    transforms: [
      {
        transform: "random_resized_crop",
        size,
        scale: [0.08, 1],
        ratio: [3 / 4, 4 / 3],
        interpolation: "bicubic",
      },
      { transform: "random_horizontal_flip", p: 0.5 },
      { transform: "color_jitter", brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, p: 0.8 },
      { transform: "random_grayscale", p: 0.2 },
      ...(isSmall(settings) ? [] : [blur]),
      ...(often.solarize > 0 ? [solarize] : []),
      normalize(settings),
    ],
  };
}

/**
 * BYOL's two views (Grill et al. 2020, appendix B, table 6), which Barlow Twins and VICReg took over with the codes: bicubic
 * crop of 8 to 100 % of the area, flip, jitter (.4, .4, .2, .1) with p = .8, greyscale with p = .2; the first one always blurred,
 * the second one blurred with p = .1 and solarised with p = .2. Up to 64 pixels without blur, as solo-learn's recipes for CIFAR
 * have it. The blur's kernel is a tenth of the side, as BYOL's (23 at 224). Brightness is a factor, as Barlow Twins' and VICReg's,
 * not a summand as BYOL's. Pillow solarises from 128 on: 128 / 255 here.
 */
export const asym: PolicyDefinition = {
  name: "asym",
  description: "BYOL, Barlow Twins, VICReg: two views that differ in blur and solarisation",
  build: (settings) => [
    group("view1", { blur: 1, solarize: 0 }, settings),
    group("view2", { blur: 0.1, solarize: 0.2 }, settings),
  ],
};

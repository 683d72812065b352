import { normalize, type PolicyDefinition, type PolicySettings, square } from "../policy.js";
import type { TransformSpec } from "../specs.js";

/**
 * The four augmentation sets that LayerMem compares (Wang et al. 2024, "Localizing memorization in SSL vision encoders",
 * appendix B), in the order in which it lists their parts. Two views; crops with torchvision's default scale and ratio.
 */
function definition(
  name: string,
  description: string,
  parts: (crop: TransformSpec) => TransformSpec[],
): PolicyDefinition {
  return {
    name,
    description,
    build(settings: PolicySettings) {
      const size = square(settings.imageSize);
      const transforms = [...parts({ transform: "random_resized_crop", size }), normalize(settings)];
      return [{ name: "views", views: 2, size, transforms }];
    },
  };
}

/** "Weak (supervised standard)": jitter .9/.9/.9/.5 with p = .4, flip .5, greyscale .1, crop. */
export const weak = definition("weak", "LayerMem's weak set (supervised standard)", (crop) => [
  { transform: "color_jitter", brightness: 0.9, contrast: 0.9, saturation: 0.9, hue: 0.5, p: 0.4 },
  { transform: "random_horizontal_flip", p: 0.5 },
  { transform: "random_grayscale", p: 0.1 },
  crop,
]);

/** "Normal (SSL standard)": jitter .8/.8/.8/.2 with p = .8, flip 1 (the paper's; its code has .5), greyscale .2, crop. */
export const normal = definition("normal", "LayerMem's normal set (SSL standard)", (crop) => [
  { transform: "color_jitter", brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2, p: 0.8 },
  { transform: "random_horizontal_flip", p: 1 },
  { transform: "random_grayscale", p: 0.2 },
  crop,
]);

/** "Strong": jitter .8/.8/.8/.2 with p = .9, flip 1, greyscale .5, crop, vertical flip 1. */
export const strong = definition("strong", "LayerMem's strong set", (crop) => [
  { transform: "color_jitter", brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2, p: 0.9 },
  { transform: "random_horizontal_flip", p: 1 },
  { transform: "random_grayscale", p: 0.5 },
  crop,
  { transform: "random_vertical_flip", p: 1 },
]);

/**
 * "Independent" (nothing in common with the training sets): blur with sigma .1 to 5 and p = .8, invert .2, crop, vertical
 * flip 1. The paper's blur kernel is 4, which torchvision refuses; 5 is the next odd size.
 */
export const independent = definition("independent", "LayerMem's independent set", (crop) => [
  { transform: "gaussian_blur", kernel_size: 5, sigma: [0.1, 5], p: 0.8 },
  { transform: "random_invert", p: 0.2 },
  crop,
  { transform: "random_vertical_flip", p: 1 },
]);

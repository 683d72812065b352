import { normalize, type PolicyDefinition, square } from "../policy.js";

/**
 * Masked autoencoder (He et al. 2022, "Masked autoencoders are scalable vision learners", appendix A.1, and its code):
 * bicubic crop of 20 to 100 % of the area and a flip; one view. The masking is not a transform of pixels, but the method's:
 * src/methods/mae.ts.
 */
export const mae: PolicyDefinition = {
  name: "mae",
  description: "MAE: bicubic crop of 20-100 % and flip",
  build(settings) {
    const size = square(settings.imageSize);
    return [
      {
        name: "views",
        views: 1,
        size,
        transforms: [
          { transform: "random_resized_crop", size, scale: [0.2, 1], interpolation: "bicubic" },
          { transform: "random_horizontal_flip", p: 0.5 },
          normalize(settings),
        ],
      },
    ];
  },
};

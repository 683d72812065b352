import { normalize, type PolicyDefinition, square } from "../policy.js";

/**
 * I-JEPA (Assran et al. 2023, "Self-supervised learning from images with a joint-embedding predictive architecture", and its
 * code): a bilinear crop of 30 to 100 % of the area, no flip and no change of colour; one view. What is hidden of it is the
 * method's: src/methods/ijepa-blocks.ts.
 */
export const ijepa: PolicyDefinition = {
  name: "ijepa",
  description: "I-JEPA: bilinear crop of 30-100 %",
  build(settings) {
    const size = square(settings.imageSize);
    return [
      {
        name: "views",
        views: 1,
        size,
        transforms: [{ transform: "random_resized_crop", size, scale: [0.3, 1] }, normalize(settings)],
      },
    ];
  },
};

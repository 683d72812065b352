import { normalize, type PolicyDefinition, square } from "../policy.js";

/** The unaugmented image, for embeddings and probes: shorter side to the image size, centre crop. One view. */
export const evaluation: PolicyDefinition = {
  name: "eval",
  description: "no augmentation: shorter side resized, centre crop",
  build(settings) {
    const { imageSize } = settings;
    return [
      {
        name: "image",
        views: 1,
        size: square(imageSize),
        transforms: [
          { transform: "resize", size: [imageSize] },
          { transform: "center_crop", size: square(imageSize) },
          normalize(settings),
        ],
      },
    ];
  },
};

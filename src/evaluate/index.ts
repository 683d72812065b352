/** How useful an encoder is: representations of plain images, kNN accuracy. */
export { type EmbedOptions, embedImages } from "./embed.js";
export { type ImageFacts, imageFacts } from "./facts/image-facts.js";
export { closeHashes, clusterSizes, type HashPair } from "./facts/near-duplicates.js";
export { perceptualHash, similarity, thumbnailOf } from "./facts/perceptual-hash.js";
export { knnAccuracy, type LabelledRepresentations } from "./knn.js";
export { nearestDistances } from "./nearest.js";

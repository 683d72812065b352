/** Facts of images that need no encoder: brightness, contrast, edges, perceptual hashes and near-duplicates by them. */
export { closeHashes, clusterSizes, type HashPair } from "./close-hashes.js";
export { type ImageFacts, imageFacts } from "./image-facts.js";
export { perceptualHash, similarity, thumbnailOf } from "./perceptual-hash.js";

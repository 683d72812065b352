/** How useful an encoder is: representations of plain images, linear probes, kNN accuracy. */
export { type EmbedOptions, embeddingBatch, embedImages } from "./embed.js";
export { type ProbedEncoder, type ProbeEncodersOptions, probeEncoders } from "./encoders.js";
export { type ImageFacts, imageFacts } from "./facts/image-facts.js";
export { closeHashes, clusterSizes, type HashPair } from "./facts/near-duplicates.js";
export { perceptualHash, similarity, thumbnailOf } from "./facts/perceptual-hash.js";
export { labelledRepresentations } from "./features.js";
export { formatProbe } from "./format.js";
export { meanInterval, wilsonInterval } from "./interval.js";
export { defaultNeighbours, knnAccuracy, type LabelledRepresentations } from "./knn.js";
export { type Evaluation, type Minimum, minimize } from "./lbfgs.js";
export { type LinearClassifier, linearAccuracy } from "./linear.js";
export { chooseStrength, fitLogistic, STRENGTHS, type TrainingSet } from "./logistic.js";
export { nearestDistances } from "./nearest.js";
export { type ProbeOptions, probe } from "./probe.js";
export {
  PROBE_METHODS,
  PROBE_SCHEMA,
  type ProbeMethod,
  type ProbeReport,
  type ProbeResult,
  probeSchema,
} from "./schema.js";
export { fitSgd, PAPER_SGD, type SgdSettings } from "./sgd.js";
export { standardize } from "./standardize.js";

/** How useful an encoder is: representations of plain images, linear probes, kNN accuracy. */

export { type EmbedOptions, embeddingBatch, embedImages } from "./embed-images.js";
export { labelledRepresentations } from "./features.js";
export { fitSgd, PAPER_SGD, type SgdSettings } from "./fit-sgd.js";
export { meanInterval, wilsonInterval } from "./interval.js";
export { defaultNeighbours, knnAccuracy, type LabelledRepresentations } from "./knn-accuracy.js";
export { type Evaluation, type Minimum, minimize } from "./lbfgs.js";
export { type LinearClassifier, linearAccuracy } from "./linear.js";
export { chooseStrength, fitLogistic, STRENGTHS, type TrainingSet } from "./logistic.js";
export { nearestDistances } from "./nearest-distances.js";
export { type ProbedEncoder, type ProbeEncodersOptions, probeEncoders } from "./probe-encoders.js";
export { formatProbe } from "./probe-format.js";
export { type ProbeOptions, probe } from "./probe-representations.js";
export {
  PROBE_METHODS,
  PROBE_SCHEMA,
  type ProbeMethod,
  type ProbeReport,
  type ProbeResult,
  probeSchema,
} from "./probe-schema.js";
export { standardize } from "./standardize.js";

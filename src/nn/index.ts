/** Networks: layers, architectures, weights and their files. */
export { METHODS_PREFIXES, twinOf } from "./checked-network.js";
export { checkWeights, encoderOf, loadEncoder, type Represented } from "./load-encoder.js";
export { describeMatch, type Matched, matchForeign } from "./match.js";
export { POOLINGS, type Pooling, type PoolingChoice } from "./poolings.js";
export { architectureNames, buildNetwork, checkLayer, getArchitecture } from "./registry.js";
export { checkPooling, poolingsOf, probedBy, scoredBy } from "./representation.js";
export { type ReadOptions, readSafetensors, type StoredTensor, type StoredWeights } from "./safetensors.js";
export { type DeferredTensor, writeSafetensors } from "./safetensors-write.js";
export {
  type Architecture,
  type Encoder,
  type Features,
  type ForwardContext,
  type ImageShape,
  type Network,
  type ParameterSpec,
  REPRESENTATION,
  type Weights,
} from "./types.js";
export {
  checkExactNames,
  disposeWeights,
  exportWeights,
  importWeights,
  initialWeights,
  matchExactly,
} from "./weights.js";

/** Networks: layers, architectures, weights and their files. */

export { POOLINGS, type Pooling, type PoolingChoice } from "../settings/poolings.js";
export type { Architecture } from "./architecture.js";
export { buildNetwork, checkLayer, kit } from "./build-network.js";
export { checkWeights, encoderOf, loadEncoder, type Represented } from "./load-encoder.js";
export { describeMatch, type Matched, matchForeign } from "./match.js";
export { architectureNames, getArchitecture, unusualSettings, withSettings } from "./registry.js";
export { checkPooling, poolingsOf, probedBy, scoredBy } from "./representation.js";
export { type ReadOptions, readSafetensors, type StoredTensor, type StoredWeights } from "./safetensors.js";
export { type DeferredTensor, writeSafetensors } from "./safetensors-write.js";
export {
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

/** Networks: layers, architectures, weights and their files. */
export { checkWeights, encoderOf, loadEncoder } from "./load-encoder.js";
export { describeMatch, type Matched, matchForeign } from "./match.js";
export { architectureNames, checkLayer, getArchitecture } from "./registry.js";
export { type ReadOptions, readSafetensors, type StoredTensor, type StoredWeights } from "./safetensors.js";
export { type DeferredTensor, writeSafetensors } from "./safetensors-write.js";
export {
  type Architecture,
  type Encoder,
  type ForwardContext,
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

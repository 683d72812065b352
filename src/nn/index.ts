/** Networks: layers, architectures, weights and their files. */
export { checkWeights, encoderOf, loadEncoder } from "./encoder.js";
export { describeMatch, type Matched, matchForeign } from "./match.js";
export { architectureNames, checkLayer, getArchitecture } from "./registry.js";
export { readSafetensors, type StoredTensor, type StoredWeights, writeSafetensors } from "./safetensors.js";
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
  isTrainable,
  matchExactly,
} from "./weights.js";

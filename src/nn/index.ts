/** Networks: layers, architectures, weights and their files. */
export { encoderOf, loadEncoder } from "./encoder.js";
export { architectureNames, getArchitecture } from "./registry.js";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.js";
export {
  type Architecture,
  type Encoder,
  type ForwardContext,
  type ParameterSpec,
  REPRESENTATION,
  type Weights,
} from "./types.js";
export { disposeWeights, exportWeights, importWeights, initialWeights, isTrainable } from "./weights.js";

/** Networks: layers, architectures, weights and their files. */
export { encoderOf, loadEncoder } from "./encoder.js";
export { architectureNames, getArchitecture } from "./registry.js";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.js";
export type { Architecture, Encoder, ForwardContext, ParameterSpec, Weights } from "./types.js";
export { disposeWeights, exportWeights, importWeights, initialWeights, isTrainable } from "./weights.js";

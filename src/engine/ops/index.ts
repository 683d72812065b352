export { attention, attentionPlain, selfAttention, selfAttentionPlain } from "./attention.js";
export {
  type AfterNorm,
  type BatchNormTraining,
  batchNormActivation,
  batchNormActivationPlain,
  batchNormTraining,
  batchNormTrainingPlain,
} from "./batch-norm.js";
export {
  type AfterConvolution,
  convolution,
  foldedConvolution,
  foldedConvolutionPlain,
  inEngineLayout,
} from "./convolution.js";
export { gelu, geluPlain } from "./gelu.js";
export { layerNorm, layerNormPlain } from "./layer-norm.js";
export { type ContrastiveLoss, ntXent, ntXentPlain } from "./nt-xent.js";
export { inFloat32, matMul32 } from "./products.js";
export { relu, reluPlain } from "./relu.js";
export { stopGradient, withoutGradient } from "./stop-gradient.js";
export { tokenLinear, tokenLinearPlain } from "./token-linear.js";
export { unitRows } from "./unit-rows.js";
export {
  adamwPlain,
  adamwUpdate,
  clipGradients,
  clipGradientsPlain,
  larsPlain,
  larsUpdate,
  movingAverageUpdate,
  overwrite,
  sgdPlain,
  sgdUpdate,
} from "./update.js";

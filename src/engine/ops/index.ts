export {
  type AfterNorm,
  type BatchNormTraining,
  batchNormActivation,
  batchNormActivationPlain,
  batchNormTraining,
  batchNormTrainingPlain,
} from "./batch-norm.js";
export { relu, reluPlain } from "./relu.js";

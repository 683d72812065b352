export { type BatchNormTraining, batchNormTraining, batchNormTrainingPlain } from "./batch-norm.js";
export { relu, reluPlain } from "./relu.js";

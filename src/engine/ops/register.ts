import { registerBatchNorm } from "./batch-norm.js";
import { registerRelu } from "./relu.js";

/** Registers every fused kernel and its gradient; called by an engine when it opens. */
export function registerFusedKernels(): void {
  registerBatchNorm();
  registerRelu();
}

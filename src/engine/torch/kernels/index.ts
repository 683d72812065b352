import { registerConvolutionKernels, registerPoolingKernels, registerResizeKernels } from "./convolution.js";
import { registerPlainKernels } from "./plain.js";
import { registerStructureKernels } from "./structure.js";

/** Registers every kernel of TensorFlow.js that the torch engine has; a second call does nothing. */
export function registerTorchKernels(): void {
  registerPlainKernels();
  registerStructureKernels();
  registerConvolutionKernels();
  registerPoolingKernels();
  registerResizeKernels();
}

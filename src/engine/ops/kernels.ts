import * as tf from "../tf.js";
import type { Precision } from "../types.js";

/** Name of the torch engine's backend. */
export const TORCH = "torch";
/** Batch statistics; the tensorflow engine's fused normalisation. */
export const BATCH_NORM = "SslMemBatchNormTraining";
/** Batch normalisation, residual and ReLU as one pass; the torch engine alone has it. */
export const BATCH_NORM_ACTIVATION = "SslMemBatchNormActivation";
export const RELU = "SslMemRelu";
/** A product with its bias, and attention with its heads side by side; the torch engine alone has them. */
export const LINEAR = "SslMemLinear";
export const SELF_ATTENTION = "SslMemSelfAttention";
export const RELU_GRADIENT = "SslMemReluGrad";

/** What the torch backend can beside the kernels of TensorFlow.js. */
interface NativeBackend extends tf.KernelBackend {
  readonly precision: Precision;
  run(
    name: string,
    inputs: readonly (tf.TensorInfo | null)[],
    attributes: Record<string, unknown>,
  ): tf.TensorInfo[];
  withPrecision<T>(precision: Precision, work: () => T): T;
  refCount(dataId: object): number;
}

const native = () => tf.backend() as NativeBackend;

/** Whether TensorFlow.js runs on the torch engine in this thread, whose kernels (native/torch) can then be called by name. */
export const onTorch = (): boolean => tf.getBackend() === TORCH;

/** Whether convolutions and matrix products are made in bf16 now. */
export const computesInBf16 = (): boolean => onTorch() && native().precision === "bf16";

/** Whether they are made in less than float32: in bf16, or in TF32 where the device has it. */
export const computesBelowFloat32 = (): boolean => onTorch() && native().precision !== "fp32";

/** Whether the engine that runs has a kernel of ours. */
export const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Runs work on this thread's torch backend in another precision than its own. */
export const withPrecision = <T>(precision: Precision, work: () => T): T =>
  native().withPrecision(precision, work);

/** Gives a variable memory of its own where a clone shares it, before it is written to in place. Torch engine. */
export function refresh(variables: readonly tf.Variable[]): void {
  for (const variable of variables) {
    if (native().refCount(variable.dataId) > 1) tf.tidy(() => variable.assign(tf.mul(variable, 1)));
  }
}

/** Runs a kernel of the torch engine outside of TensorFlow.js' tape, as gradients do. */
export function runNative(
  name: string,
  inputs: readonly (tf.TensorInfo | null)[],
  attributes: Record<string, unknown> = {},
): tf.Tensor[] {
  return native()
    .run(name, inputs, attributes)
    .map(({ dataId, shape, dtype }) => tf.engine().makeTensorFromDataId(dataId, shape, dtype));
}

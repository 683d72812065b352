/**
 * What build/Release/sslmem_torch.node exports. Every call computes on the calling thread (ATen spreads a kernel over
 * its own threads) and returns when it is done. Failures are Errors with ATen's sentence; running out of memory has the
 * code OUT_OF_MEMORY.
 */
declare const tensorBrand: unique symbol;

/** A tensor of libtorch; freed when released, or collected. */
export type TensorHandle = { readonly [tensorBrand]: true };

export interface NativeResult {
  handle: TensorHandle;
  shape: number[];
  dtype: "float32" | "int32" | "bool" | "complex64";
  /** Memory that it occupies; half of float32's for bf16. */
  bytes: number;
}

/** Numbers, booleans, texts, and lists of numbers (nested ones are flattened); others are left out. */
export type NativeAttributes = Record<string, unknown>;

export interface TorchBinding {
  /** @param values copied; its bytes are the tensor's @param device "cpu" or "cuda:n" */
  createTensor(
    values: ArrayBufferView,
    shape: readonly number[],
    dtype: string,
    device: string,
  ): TensorHandle;
  /** A copy of the values: Float32Array (also for bf16 and, in pairs, complex64), Int32Array, or Uint8Array for bool. */
  readTensor(handle: TensorHandle): Float32Array | Int32Array | Uint8Array;
  releaseTensor(handle: TensorHandle): void;
  /**
   * Runs a kernel of native/torch. @param inputs null for an optional one that is left out; the first
   * `attributes.updated` of them are written to @param precision "fp32", "tf32" or "bf16"
   */
  execute(
    kernel: string,
    inputs: readonly (TensorHandle | null)[],
    attributes: NativeAttributes,
    precision: string,
  ): NativeResult[];
  /**
   * Of the whole process. @param threads CPU threads of one kernel, >= 1 @param deterministic kernels whose results vary from
   * run to run are refused by ATen, with an error
   */
  configure(settings: { threads: number; deterministic: boolean }): void;
  describe(): {
    torch: string;
    /** Instruction set that ATen's kernels use. */
    capability: string;
    threads: number;
    /** With what the processor multiplies bf16 natively: "AMX-BF16", "AVX512-BF16", or "" where it does not. */
    bf16: string;
    /** Of each CUDA device, whether it multiplies bf16 natively (compute capability 8.0 and up). */
    cudaBf16: boolean[];
    kernels: string[];
  };
}

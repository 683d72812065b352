import type { ChainHandle } from "../../native/addon.js";
import type { ViewRequest } from "../../native/index.js";

/**
 * What build/Release/sslmem_torch.node exports. Every call computes on the calling thread (ATen spreads a kernel over
 * its own threads) and returns when it is done; on a CUDA device it queues work on the calling thread's stream there, and
 * readTensor waits for it. Failures are Errors with ATen's sentence; running out of memory has the code OUT_OF_MEMORY, a
 * number that is not finite NOT_FINITE.
 */
declare const tensorBrand: unique symbol;
declare const graphBrand: unique symbol;

/** A tensor of libtorch; freed when released, or collected. */
export type TensorHandle = { readonly [tensorBrand]: true };

/** What a thread queued on its stream of a CUDA device, recorded; freed when released, or collected. */
export type GraphHandle = { readonly [graphBrand]: true };

/** An NVIDIA GPU. */
export interface CudaDevice {
  name: string;
  /** Compute capability, "8.0" for A100, "9.0" for H100. */
  capability: string;
  /** Of its memory. */
  bytes: number;
}

declare const imagesBrand: unique symbol;

/** Images on a device; freed when released, or collected, after the calls that use them. */
export type ImagesHandle = { readonly [imagesBrand]: true };

/** A JPEG file (height and width 0) or a decoded image: uint8 RGB [height, width, 3]. */
export interface ImageSource {
  bytes: Uint8Array;
  height: number;
  width: number;
}

/** A tensor that a native call made, which its caller releases. */
export interface NativeResult {
  handle: TensorHandle;
  shape: number[];
  dtype: "float32" | "int32" | "bool" | "complex64";
  /** Memory that it occupies; half of float32's for bf16. */
  bytes: number;
}

/** Numbers, booleans, texts, and lists of numbers (nested ones are flattened); others are left out. */
export type NativeAttributes = Record<string, unknown>;

/** The calls of the module. */
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
   * Begins to record what this thread does on a CUDA device, instead of doing it; nothing may be read back meanwhile.
   * Throws for any other device.
   *
   * @param fixed tensors from before that what is recorded reads; the caller keeps them
   */
  beginGraph(device: string, fixed: readonly TensorHandle[]): GraphHandle;
  endGraph(graph: GraphHandle): void;
  /**
   * Does what was recorded, with the results in the tensors that came out of the recording. Throws when a tensor of
   * `fixed`, the same list as for beginGraph, lies elsewhere than it did.
   */
  replayGraph(graph: GraphHandle, fixed: readonly TensorHandle[]): void;
  releaseGraph(graph: GraphHandle): void;
  /**
   * Maps a packed file, off the JavaScript thread. On a GPU all images go there at once if they take at most `share` of
   * its memory; else each batch takes its own along.
   */
  openImages(path: string, device: string, share: number): Promise<ImagesHandle>;
  /**
   * Images of a batch on a device, off the JavaScript thread; `sources` are borrowed until the promise settles. Files
   * are decoded by nvJPEG (`library`, or the system's); `refused` are the numbers of those that it does not take, and
   * then images is null.
   */
  decodeImages(
    sources: readonly ImageSource[],
    device: string,
    library: string | null,
  ): Promise<{ images: ImagesHandle | null; refused: number[] }>;
  /** Why a file is not for nvJPEG, from its header; null if it is. `turned`: whether pictures are turned by EXIF. */
  jpegRefusal(bytes: Uint8Array, turned: boolean): string | null;
  imagesInfo(images: ImagesHandle): { images: number; device: string; resident: boolean; bytes: number };
  releaseImages(images: ImagesHandle): void;
  /**
   * Views of a request of the native core (src/native/addon.ts), off the JavaScript thread and on a stream of their
   * own: [images · views, height, width, 3]. `chain` is a handle of the native core. The current stream of the calling
   * thread waits for them. `onHost`: how many of them the CPU made for a GPU.
   */
  makeViews(
    images: ImagesHandle,
    chain: ChainHandle,
    request: ViewRequest,
    precision: string,
  ): Promise<NativeResult & { onHost: number }>;
  /**
   * Of the whole process. @param threads CPU threads of one kernel, >= 1 @param deterministic kernels whose results vary from
   * run to run are refused by ATen, with an error; to be asked for before the first work on a CUDA device @param tf32
   * float32 convolutions and matrix products on CUDA devices round their operands to TF32
   */
  configure(settings: { threads: number; deterministic: boolean; tf32: boolean }): void;
  describe(): {
    torch: string;
    /** Instruction set that ATen's kernels use. */
    capability: string;
    threads: number;
    /** With what the processor multiplies bf16 natively: "AMX-BF16", "AVX512-BF16", or "" where it does not. */
    bf16: string;
    tf32: boolean;
    /** Whether all that `configure` sets for it is in force. */
    deterministic: boolean;
    /** Whether the code for NVIDIA GPUs is in this build. */
    cuda: boolean;
    cudaDevices: CudaDevice[];
    kernels: string[];
  };
}

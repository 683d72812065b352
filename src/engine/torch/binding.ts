import type { ViewRequest } from "../../native/index.js";

/**
 * What build/Release/sslmem_torch.node exports. Every call computes on the calling thread (ATen spreads a kernel over
 * its own threads) and returns when it is done. Failures are Errors with ATen's sentence; running out of memory has the
 * code OUT_OF_MEMORY.
 */
declare const tensorBrand: unique symbol;

/** A tensor of libtorch; freed when released, or collected. */
export type TensorHandle = { readonly [tensorBrand]: true };

declare const imagesBrand: unique symbol;

/** Images on a device; freed when released, or collected, after the calls that use them. */
export type ImagesHandle = { readonly [imagesBrand]: true };

/** A JPEG file (height and width 0) or a decoded image: uint8 RGB [height, width, 3]. */
export interface ImageSource {
  bytes: Uint8Array;
  height: number;
  width: number;
}

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
  /** Why a file is not for nvJPEG, from its header; null if it is. */
  jpegRefusal(bytes: Uint8Array): string | null;
  imagesInfo(images: ImagesHandle): { images: number; device: string; resident: boolean; bytes: number };
  releaseImages(images: ImagesHandle): void;
  /**
   * Views of a request of the native core (src/native/binding.ts), off the JavaScript thread and on a stream of their
   * own: [images · views, height, width, 3]. `chain` is the JSON of transforms. The current stream of the calling
   * thread waits for them. `onHost`: how many of them the CPU made for a GPU.
   */
  makeViews(
    images: ImagesHandle,
    chain: string,
    request: ViewRequest,
    precision: string,
  ): Promise<NativeResult & { onHost: number }>;
  /** Of the whole process. @param threads CPU threads of one kernel, >= 1 */
  configure(settings: { threads: number; deterministic: boolean }): void;
  describe(): {
    torch: string;
    /** Instruction set that ATen's kernels use. */
    capability: string;
    threads: number;
    /** Whether the processor multiplies bf16 natively. */
    bf16: boolean;
    cudaDevices: number;
    kernels: string[];
  };
}

import { SslMemError } from "../../errors.js";
import { callAsync } from "../../native/call.js";
import type { Chain, ViewRequest } from "../../native/index.js";
import { allocationOf, OutOfMemory } from "../out-of-memory.js";
import * as tf from "../tf.js";
import type { TorchBackend } from "./backend.js";
import type { ImageSource, ImagesHandle } from "./binding.js";

/** Share of a GPU's memory that the images of a packed file may take; beyond it each batch takes its own along. */
const RESIDENT_SHARE = 0.25;

/** Decoded images on the torch engine's device, and the views that are made of them there. */
export class TorchImages implements Disposable {
  private constructor(
    readonly backend: TorchBackend,
    readonly handle: ImagesHandle,
  ) {}

  /**
   * Maps a packed file; on a GPU with room for them all images go there at once. Throws SslMemError when the file is
   * missing or malformed.
   */
  static async open(backend: TorchBackend, path: string): Promise<TorchImages> {
    const handle = await deviceCall(backend, () =>
      backend.binding.openImages(path, backend.device, RESIDENT_SHARE),
    );
    return new TorchImages(backend, handle);
  }

  /**
   * Images of a batch, brought to the device at once; those that are JPEG files are decoded there by nvJPEG.
   *
   * @returns `refused`: numbers of the files that nvJPEG does not take; then there are no images
   * @throws SslMemError when there is no nvJPEG, or sizes do not fit their bytes
   */
  static async decode(
    backend: TorchBackend,
    sources: readonly ImageSource[],
    library: string | null = null,
  ): Promise<{ images: TorchImages } | { images: null; refused: number[] }> {
    const { images, refused } = await deviceCall(backend, () =>
      backend.binding.decodeImages(sources, backend.device, library),
    );
    return images === null ? { images, refused } : { images: new TorchImages(backend, images) };
  }

  /** Whether all of them are in a GPU's memory. */
  get resident(): boolean {
    return this.backend.binding.imagesInfo(this.handle).resident;
  }

  /**
   * Makes views, off the JavaScript thread and beside what the device computes.
   *
   * @param chain of the native core, of which the engine reads the handle
   * @returns float32 [images · views, height, width, 3] (bf16 inside on a GPU in that precision), for the caller to
   *   dispose of, and how many of them the CPU made because the GPU's kernels do not cover their operations
   * @throws SslMemError USAGE as augment
   */
  async views(chain: Chain, request: ViewRequest): Promise<{ views: tf.Tensor4D; onHost: number }> {
    const { backend } = this;
    const made = await deviceCall(backend, () =>
      backend.binding.makeViews(this.handle, chain.handle, { threads: 0, ...request }, backend.precision),
    );
    return { views: backend.adopt(made) as tf.Tensor4D, onHost: made.onHost };
  }

  /** Frees the images once the views that are being made of them are done. Calling it again does nothing. */
  release(): void {
    this.backend.binding.releaseImages(this.handle);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A native call whose lack of memory or of nvJPEG is explained. */
async function deviceCall<T>(backend: TorchBackend, body: () => Promise<T>): Promise<T> {
  try {
    return await callAsync(undefined, body);
  } catch (error) {
    const cause = (error as Error).cause as { code?: unknown; message?: string } | undefined;
    if (cause?.code === "NO_NVJPEG")
      throw new SslMemError("ENGINE", cause.message as string, "--decode sharp", { cause });
    if (cause?.code === "OUT_OF_MEMORY") {
      const sizes = { held: backend.bytes, ...allocationOf(cause.message as string) };
      throw new OutOfMemory("the images and views of a batch", backend.device, sizes, cause);
    }
    throw error;
  }
}

/** The torch engine of this thread, or null when another one runs. */
export function torchBackend(): TorchBackend | null {
  return tf.getBackend() === "torch" ? (tf.backend() as TorchBackend) : null;
}

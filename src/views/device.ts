import { existsSync } from "node:fs";
import type { ImageStore } from "../data/index.js";
import type * as tf from "../engine/tf.js";
import { TorchImages, torchBackend } from "../engine/torch/torch-images.js";
import { SslMemError } from "../errors.js";
import type { WantedViews } from "./batch.js";
import { decodeBatch } from "./decode-batch.js";
import type { ViewSettings } from "./view-settings.js";

/**
 * Makes views on the torch engine's device: images and views stay there from decoding to the encoder. A packed file
 * goes to a GPU once if it has room for it.
 */
export class DeviceViews {
  #packed: Promise<TorchImages | null> | null = null;
  #told = false;

  constructor(
    readonly store: ImageStore,
    readonly settings: ViewSettings,
  ) {}

  /**
   * @param indices manifest indices, in the order of the views
   * @returns one tensor [images · views, height, width, 3] for each of `wanted`, for the caller to dispose of
   * @throws SslMemError as the store and the policies
   */
  async make(indices: Uint32Array, wanted: readonly WantedViews[]): Promise<tf.Tensor4D[]> {
    const { images, slots, release } = await this.#images(indices);
    const made: tf.Tensor4D[] = [];
    try {
      for (const { policy, ...selection } of wanted) {
        const { chain, request } = policy.request({ ...selection, slots, samples: indices });
        const { views, onHost } = await images.views(chain, request);
        made.push(views);
        if (onHost > 0) this.#tell(onHost, views.shape[0], policy.policy.name);
      }
      return made;
    } catch (error) {
      for (const views of made) views.dispose();
      throw error;
    } finally {
      release();
    }
  }

  async #images(indices: Uint32Array) {
    const backend = torchBackend();
    if (backend === null)
      throw new SslMemError("ENGINE", "Expected the torch engine for views on the device.", "--engine torch");
    const { packed } = this.store;
    if (packed !== null) {
      // The file may have been cleared from the cache since; the store has it mapped and gives images one by one.
      this.#packed ??= TorchImages.open(backend, packed.path).catch((error: unknown) => {
        if (existsSync(packed.path)) throw error;
        return null;
      });
      const images = await this.#packed;
      if (images !== null) return { images, slots: packed.slots(indices), release: () => {} };
    }
    const images = await decodeBatch(backend, this.store, indices, this.settings);
    return { images, slots: Uint32Array.from(indices.keys()), release: () => images.release() };
  }

  #tell(onHost: number, of: number, policy: string): void {
    if (this.#told) return;
    this.#told = true;
    this.settings.onNote?.(
      `The GPU's kernels do not cover all operations of the policy ${policy}: the CPU makes ${onHost} of the ${of} views of a batch.`,
    );
  }

  /** Batches ahead that Ahead should make: images that are decoded each time take a turn more than packed ones. */
  get depth(): number {
    return this.store.packed === null ? 2 : 1;
  }

  /** Frees the packed images. */
  async close(): Promise<void> {
    (await this.#packed?.catch(() => null))?.release();
    this.#packed = null;
  }
}

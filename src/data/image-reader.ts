import { SslMemError } from "../errors.js";
import { noneReadable, skippedFiles } from "./build.js";
import type { ImageList } from "./image-list.js";
import { Manifest } from "./manifest.js";
import { Reading, type ReadingOptions, readOnce } from "./reading.js";
import { type LoadedImages, loadedOf } from "./store.js";
import type { DecodedImage, Listing, Source } from "./types.js";

/**
 * All images of a data set for whoever goes through them once: they are decoded batch by batch, which tells at the same time
 * whether each can be read, its size and its digest. Memory holds one batch.
 */
export class ImageReader {
  readonly #reading: Reading;
  #batch = new Map<number, DecodedImage>();
  #manifest: Manifest | null = null;

  constructor(
    readonly source: Source,
    readonly listing: Pick<Listing, "images" | "labelNames" | "outlierIds">,
    readonly options: Omit<ReadingOptions, "onImage" | "onProgress" | "isDecoding">,
  ) {
    this.#reading = new Reading(listing.images.count);
  }

  /** All images of the listing. */
  get images(): ImageList {
    return this.listing.images;
  }

  /**
   * Decodes all images, those passed over that cannot be read.
   *
   * @param size images of a batch; the last has fewer
   * @yields indices of the images that load() gives until the next batch is asked for, ascending
   * @throws as readOnce; SslMemError DATA at the end when no image is readable
   */
  async *batches(size: number): AsyncGenerator<Uint32Array> {
    const { source, listing, images } = this;
    const onImage = async (index: number, image: DecodedImage) => {
      this.#batch.set(index, image);
    };
    const options = { ...this.options, isDecoding: true, onImage };
    for (let next = 0; next < images.count; ) {
      this.#batch = new Map();
      // What cannot be read is made up for, so that it does not change which images are encoded together.
      while (this.#batch.size < size && next < images.count) {
        const wanted = Math.min(size - this.#batch.size, images.count - next);
        const indices = Uint32Array.from({ length: wanted }, (_, i) => next + i);
        await readOnce(source, images, indices, options, this.#reading);
        next += wanted;
      }
      if (this.#batch.size > 0) yield Uint32Array.from(this.#batch.keys());
    }
    this.#batch = new Map();
    const { read, unreadable } = this.#reading;
    if (read.count === 0) throw noneReadable(source, listing, unreadable);
  }

  /** As an image store's. @param indices of the batch */
  async load(indices: Uint32Array): Promise<LoadedImages> {
    const images = Array.from(indices, (index) => this.#batch.get(index));
    if (images.includes(undefined))
      throw new SslMemError("INTERNAL", `Expected images of the batch but received ${indices.join(", ")}.`);
    return loadedOf(images as DecodedImage[]);
  }

  /** The manifest of the images that have been read: for when batches() has ended. */
  manifest(): Manifest {
    if (this.#manifest === null) {
      const { read, unreadable } = this.#reading;
      const skipped = skippedFiles(this.listing, unreadable);
      const used = { read, used: read.indices() };
      this.#manifest = Manifest.ofListing(this.source, this.listing, used, skipped, this.options.rules);
    }
    return this.#manifest;
  }

  /** Lets go of the data set; what was learned of its images is kept where that can be. */
  async close(): Promise<void> {
    await this.options.known?.keep().catch(() => {});
    await this.source.close();
  }
}

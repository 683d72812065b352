import { openCacheFolder } from "../cache/cache-folder.js";
import {
  beginImages,
  cachedImages,
  imagesFolder,
  keepImages,
  roomFor,
  usableImages,
} from "../cache/image-cache.js";
import type { Settings } from "../config/all-settings.js";
import {
  type DecodedImage,
  decodingStore,
  type Manifest,
  type PackWriter,
  packBytes,
  packKey,
  type Source,
} from "../data/index.js";
import { SslMemError } from "../errors.js";
import { faultInWords } from "../faults/index.js";
import { clearLeavings } from "../files/index.js";
import type { Reporter } from "../run/reporter.js";

const IN_FLIGHT = 8;
const GB = 1e9;

/**
 * The decoded images of a run in the cache: taken if they are there, else kept while they are decoded. What goes wrong with
 * the cache is said and costs time, nothing else: then images are decoded each time.
 */
export class DecodedImages {
  #writer: PackWriter | null = null;
  /** Bytes that the file may have as far as is known. */
  #room = 0;
  #isReady = false;
  #isOff: boolean;

  constructor(
    readonly settings: Pick<Settings, "cacheImages" | "cacheLimit" | "data">,
    readonly reporter: Reporter,
  ) {
    this.#isOff = !settings.cacheImages;
  }

  /** The packed file with the images of this manifest, if it is there. */
  async existing(manifest: Manifest): Promise<string | null> {
    return this.settings.cacheImages ? usableImages(packKey(manifest)) : null;
  }

  /** Keeps an image that has been decoded for another reason. @param index its place in the list */
  async add(index: number, image: DecodedImage): Promise<void> {
    if (this.#isOff) return;
    await this.#orGoOnWithout(async () => {
      if (!(await this.#isOpen())) return;
      this.#writer ??= await beginImages();
      const needed = packBytes(image.pixels.length, 1) + this.#writer.bytes;
      if (await this.#hasRoom(needed)) await this.#writer?.add(index, image);
    });
  }

  /**
   * Packs the images of a manifest, those that add() was not given included, which are decoded now.
   * Null where they are not to be kept, or cannot be. Throws SslMemError DATA for an image that is not what it was; the
   * signal's reason.
   */
  async make(source: Source, manifest: Manifest, signal?: AbortSignal): Promise<string | null> {
    if (this.#isOff) return null;
    const { widths, heights, count } = manifest.read;
    const pixels = widths.reduce((sum, width, row) => sum + 3 * width * (heights[row] as number), 0);
    await this.#orGoOnWithout(async () => {
      if (await this.#isOpen()) await this.#hasRoom(packBytes(pixels, count));
    });
    await this.#addMissing(source, manifest, signal);
    const writer = this.#writer as PackWriter | null;
    if (writer === null) return null;
    let path: string | null = null;
    await this.#orGoOnWithout(async () => {
      path = await keepImages(writer, packKey(manifest), {
        data: String(this.settings.data),
        indices: manifest.used,
      });
      this.#writer = null;
      const all = await cachedImages();
      const bytes = all.reduce((sum, cached) => sum + cached.bytes, 0);
      this.reporter.note(
        `Decoded images are kept in ${imagesFolder()} (${gigabytes(bytes)} of at most ${gigabytes(this.settings.cacheLimit * GB)} there); --no-cache-images keeps none, sslmem cache shows and cleans them.`,
      );
    });
    return path;
  }

  /** Lets go of what was not completed. */
  async close(): Promise<void> {
    await this.#stop();
  }

  /** Makes the folder ready to be written, once; says where it is only to be read, and does without it. */
  async #isOpen(): Promise<boolean> {
    if (this.#isReady) return true;
    const { isReadOnly } = await openCacheFolder(imagesFolder());
    if (isReadOnly) {
      this.reporter.note(
        `${imagesFolder()} is read-only and does not hold these images; they are decoded each time.`,
      );
      await this.#stop();
      return false;
    }
    await clearLeavings(imagesFolder());
    this.#isReady = true;
    return true;
  }

  /** Whether the file may become so long; makes room for it, and if that cannot be, says so and does without it. */
  async #hasRoom(bytes: number): Promise<boolean> {
    if (bytes <= this.#room) return true;
    this.#room = await roomFor(bytes, this.settings.cacheLimit * GB, this.#writer);
    if (bytes <= this.#room) return true;
    this.reporter.note(
      `Decoded images take more than ${gigabytes(this.#room)}, the room that the cache has (--cache-limit, and a quarter of the free disk at most; what another machine used today stays); they are decoded each time instead.`,
    );
    await this.#stop();
    return false;
  }

  async #addMissing(source: Source, manifest: Manifest, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isOff) return;
    const missing = manifest.used.filter((index) => !this.#writer?.has(index));
    if (missing.length === 0) return;
    const store = decodingStore(manifest, source);
    const pending: Promise<DecodedImage | Error>[] = [];
    this.reporter.start("decoding images");
    for (const [place, index] of missing.entries()) {
      signal?.throwIfAborted();
      if (this.#isOff) break;
      while (pending.length < IN_FLIGHT && place + pending.length < missing.length)
        pending.push(
          store.decode(missing[place + pending.length] as number).catch((error: unknown) => error as Error),
        );
      const image = (await pending.shift()) as DecodedImage | Error;
      if (image instanceof Error) {
        this.reporter.finish("stopped");
        throw image;
      }
      await this.add(index, image);
      this.reporter.update({ done: place + 1, total: missing.length });
    }
    this.reporter.finish();
  }

  async #orGoOnWithout(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof SslMemError && error.code === "INTERNAL") throw error;
      this.reporter.warn(
        `cannot keep decoded images in ${imagesFolder()} (${faultInWords(error)}); they are decoded each time`,
      );
      await this.#stop();
    }
  }

  async #stop(): Promise<void> {
    this.#isOff = true;
    await this.#writer?.discard();
    this.#writer = null;
  }
}

const gigabytes = (bytes: number) =>
  bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / GB).toFixed(1)} GB`;

import { existsSync } from "node:fs";
import { createPack, openPack, type Pack } from "../native/index.js";
import { checkGiven } from "../text/given.js";
import { asListed, bytesAsListed } from "./bytes-as-listed.js";
import type { ImageList } from "./image-list.js";
import { Manifest, type ManifestData } from "./manifest.js";
import { packKey } from "./pack-writer.js";
import { decodeBy } from "./pixels.js";
import { openSource } from "./sources/index.js";
import type { DecodedImage, Source } from "./types.js";

/** Enough to open an image store, in this thread or, with the manifest's data(), in another. */
export interface StoreDescriptor {
  manifest: Manifest | ManifestData;
  /** What openSource takes. */
  data: string;
  /** The packed file, or null to decode each time. */
  packPath: string | null;
}

/** Images of a batch, for augmentation. */
export interface LoadedImages {
  pack: Pack;
  /** Position of each image in the pack. */
  slots: Uint32Array;
  /** Lets go of what was loaded for this batch alone. */
  release(): void;
}

/** A packed file that holds all used images. */
export interface PackedFile {
  readonly path: string;
  /** Where in it the images of these manifest indices are. */
  slots(indices: Uint32Array): Uint32Array;
}

/** The images of a manifest, mapped from a packed file or decoded when asked for. */
export interface ImageStore {
  readonly manifest: Manifest;
  /** The manifest's: their names. */
  readonly images: ImageList;
  /** @param indices manifest indices; throws SslMemError DATA when an image cannot be read any more, or is another now */
  load(indices: Uint32Array): Promise<LoadedImages>;
  /** The packed file that all images are mapped from; null where they are decoded each time. */
  readonly packed: PackedFile | null;
  /** Decodes one. Throws as load. */
  decode(index: number): Promise<DecodedImage>;
  /** The bytes of its file, where decoding them is all that has to be done to have its pixels; else null. Throws as load. */
  encoded(index: number): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

/** Opens the images of a manifest. Throws SslMemError DATA when the data set is not there any more. */
export async function openStore(descriptor: StoreDescriptor): Promise<ImageStore> {
  checkGiven("openStore", { descriptor }, ["descriptor.manifest"]);
  const manifest =
    descriptor.manifest instanceof Manifest ? descriptor.manifest : Manifest.from(descriptor.manifest);
  const pack = descriptor.packPath === null ? null : usablePack(manifest, descriptor.packPath);
  if (pack !== null) return new PackedStore(manifest, pack, descriptor.packPath as string);
  const { orientation } = manifest.facts.pixels;
  const source = await openSource(descriptor.data, manifest.facts.kind, { orientation, sampleImage: null });
  return new DecodingStore(manifest, source);
}

/** The images of a manifest that was built in this process, decoded when asked for. */
export function decodingStore(manifest: Manifest, source: Source): ImageStore {
  return new DecodingStore(manifest, source);
}

/** A packed file with the manifest's images; null when it is not there or another one: it is a cache. */
function usablePack(manifest: Manifest, path: string): Pack | null {
  if (!existsSync(path)) return null;
  try {
    const pack = openPack(path);
    if (pack.manifestHash === packKey(manifest) && pack.images === manifest.used.length) return pack;
    pack.release();
  } catch {
    // Damaged, or gone since.
  }
  return null;
}

class PackedStore implements ImageStore {
  readonly packed: PackedFile;

  constructor(
    readonly manifest: Manifest,
    readonly pack: Pack,
    path: string,
  ) {
    this.packed = { path, slots: (indices) => indices.map((index) => this.#slot(index)) };
  }

  get images(): ImageList {
    return this.manifest.images;
  }

  async load(indices: Uint32Array): Promise<LoadedImages> {
    return { pack: this.pack, slots: this.packed.slots(indices), release: () => {} };
  }

  async decode(index: number): Promise<DecodedImage> {
    return this.pack.image(this.#slot(index));
  }

  async encoded(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    this.pack.release();
  }

  /** An image that nothing uses has no slot: −1 is refused by the pack, as any other number that is too large. */
  #slot(index: number): number {
    return this.manifest.read.row(index);
  }
}

/** A batch of decoded images, for augmentation: slot i is that of images[i]. */
export function loadedOf(images: readonly DecodedImage[]): LoadedImages {
  const pixels = new Uint8Array(images.reduce((sum, image) => sum + image.pixels.length, 0));
  let at = 0;
  for (const image of images) {
    pixels.set(image.pixels, at);
    at += image.pixels.length;
  }
  const side = (name: "height" | "width") => Uint32Array.from(images, (image) => image[name]);
  const pack = createPack(pixels, side("height"), side("width"));
  return { pack, slots: Uint32Array.from(images.keys()), release: () => pack.release() };
}

class DecodingStore implements ImageStore {
  readonly packed = null;

  constructor(
    readonly manifest: Manifest,
    readonly source: Source,
  ) {}

  get images(): ImageList {
    return this.manifest.images;
  }

  async load(indices: Uint32Array): Promise<LoadedImages> {
    const images = await Promise.all(Array.from(indices, (index) => this.decode(index)));
    return loadedOf(images);
  }

  async decode(index: number): Promise<DecodedImage> {
    const entry = this.manifest.entry(index);
    const bytes = await bytesAsListed(this.source, entry);
    return asListed(this.source, entry, () =>
      decodeBy(this.manifest.facts.pixels, this.source, bytes, entry),
    );
  }

  async encoded(index: number): Promise<Uint8Array | null> {
    if (!this.source.isEncoded || this.manifest.facts.pixels.shorterSide !== null) return null;
    return bytesAsListed(this.source, this.manifest.entry(index));
  }

  async close(): Promise<void> {
    await this.source.close();
  }
}

import { existsSync } from "node:fs";
import { createPack, openPack, type Pack } from "../native/index.js";
import { encodedListed, readListed } from "./listed.js";
import { Manifest } from "./manifest.js";
import { openSource } from "./sources/index.js";
import type { DecodedImage, Source } from "./types.js";

/** Enough to open an image store in another thread or process. */
export interface StoreDescriptor {
  manifestPath: string;
  /** What openSource takes. */
  data: string;
  kind: string;
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

/** The images of a manifest, mapped from a packed file or decoded when asked for. */
export interface ImageStore {
  readonly manifest: Manifest;
  /** @param indices manifest indices; throws SslMemError DATA when an image cannot be read any more */
  load(indices: Uint32Array): Promise<LoadedImages>;
  /** The packed file that all images are mapped from; null where they are decoded each time. */
  readonly packPath: string | null;
  /** Decodes one. Throws as load. */
  decode(index: number): Promise<DecodedImage>;
  /** The bytes of its file; null where images are not files of their own. Throws as load. */
  encoded(index: number): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

/** Opens the images of a manifest. Throws SslMemError DATA when the manifest or the packed file is malformed. */
export async function openStore(descriptor: StoreDescriptor): Promise<ImageStore> {
  const manifest = await Manifest.read(descriptor.manifestPath);
  if (descriptor.packPath !== null && existsSync(descriptor.packPath)) {
    const pack = openPack(descriptor.packPath);
    if (pack.manifestHash === manifest.hash && pack.images === manifest.count)
      return new PackedStore(manifest, pack, descriptor.packPath);
    pack.release();
  }
  return new DecodingStore(manifest, await openSource(descriptor.data, descriptor.kind));
}

/** The images of a manifest that was built in this process, decoded when asked for. */
export function decodingStore(manifest: Manifest, source: Source): ImageStore {
  return new DecodingStore(manifest, source);
}

class PackedStore implements ImageStore {
  constructor(
    readonly manifest: Manifest,
    readonly pack: Pack,
    readonly packPath: string,
  ) {}

  async load(indices: Uint32Array): Promise<LoadedImages> {
    return { pack: this.pack, slots: indices, release: () => {} };
  }

  async decode(index: number): Promise<DecodedImage> {
    return this.pack.image(index);
  }

  async encoded(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    this.pack.release();
  }
}

class DecodingStore implements ImageStore {
  readonly packPath = null;

  constructor(
    readonly manifest: Manifest,
    readonly source: Source,
  ) {}

  async load(indices: Uint32Array): Promise<LoadedImages> {
    const images = await Promise.all(Array.from(indices, (index) => this.decode(index)));
    const pixels = new Uint8Array(images.reduce((sum, image) => sum + image.pixels.length, 0));
    let at = 0;
    for (const image of images) {
      pixels.set(image.pixels, at);
      at += image.pixels.length;
    }
    const side = (name: "height" | "width") => Uint32Array.from(images, (image) => image[name]);
    const pack = createPack(pixels, side("height"), side("width"));
    return { pack, slots: Uint32Array.from(indices.keys()), release: () => pack.release() };
  }

  decode(index: number): Promise<DecodedImage> {
    return readListed(this.source, this.manifest.entry(index));
  }

  encoded(index: number): Promise<Uint8Array | null> {
    return encodedListed(this.source, this.manifest.entry(index));
  }

  async close(): Promise<void> {
    await this.source.close();
  }
}

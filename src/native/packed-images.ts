import { SslMemError } from "../errors.js";
import type { PackHandle } from "./addon.js";
import { call } from "./call.js";
import { loadBinding } from "./load.js";

/** A list of decoded images (uint8 RGB), in memory or mapped from a packed file. Made by createPack or openPack. */
export class Pack implements Disposable {
  readonly images: number;
  /** SHA-256 (hex) of the manifest that a packed file was written for; null in memory. */
  readonly manifestHash: string | null;
  /** Bytes of pixels in memory, or of the file. */
  readonly bytes: number;

  constructor(readonly handle: PackHandle) {
    const { images, manifestHash, bytes } = call(() => loadBinding().packInfo(handle));
    this.images = images;
    this.manifestHash = manifestHash;
    this.bytes = bytes;
  }

  /** A copy of one image, pixels [height, width, 3]. */
  image(slot: number): { height: number; width: number; pixels: Uint8Array } {
    return call(() => loadBinding().packImage(this.handle, slot));
  }

  /** Frees the images once the calls that use them have ended. Calling it again does nothing. */
  release(): void {
    call(() => loadBinding().releasePack(this.handle));
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Copies decoded images into native memory.
 *
 * @param pixels uint8 RGB [height, width, 3] of all images, one after the other
 * @param heights [images] in pixels, each in [1, 65535]
 * @param widths [images]
 * @throws SslMemError USAGE when the sizes do not add up to the pixels
 */
export function createPack(pixels: Uint8Array, heights: Uint32Array, widths: Uint32Array): Pack {
  return new Pack(call(() => loadBinding().createPack(pixels, heights, widths)));
}

/**
 * Maps a packed file; nothing is read until it is needed. The format is in native/core/packed_images.h.
 *
 * @throws SslMemError DATA, naming the file, when it is missing or malformed
 */
export function openPack(path: string): Pack {
  try {
    return new Pack(call(() => loadBinding().openPack(path)));
  } catch (cause) {
    if (!(cause instanceof SslMemError) || cause.code !== "INTERNAL") throw cause;
    const hint = "Delete the file; it is a cache and is written again when the images are read.";
    throw new SslMemError("DATA", `${cause.message.replace(/\.$/, "")}.`, hint, { cause });
  }
}

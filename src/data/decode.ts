import sharp from "sharp";
import type { DecodedImage, Orientation } from "./types.js";

sharp.concurrency(1); // many images at once, one thread each: faster for small files
sharp.cache(false);

/**
 * Decodes a JPEG, PNG or WebP file: EXIF orientation applied, first frame of an animation, palette, CMYK, greyscale and
 * 16-bit images as 8-bit RGB; alpha is dropped, as PIL's convert("RGB") does.
 *
 * Throws when the bytes are empty, truncated or corrupt.
 */
export async function decodeImage(
  encoded: Uint8Array,
  _orientation: Orientation = "stored",
): Promise<DecodedImage> {
  if (encoded.length === 0) throw new Error("the file is empty");
  const { data, info } = await sharp(encoded, { failOn: "error", limitInputPixels: 1 << 28 })
    .rotate()
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`expected 3 channels but it has ${info.channels}`);
  return { width: info.width, height: info.height, pixels: data };
}

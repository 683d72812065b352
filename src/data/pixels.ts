import sharp from "sharp";
import type { PixelRules } from "./manifest.js";
import type { DecodedImage, Source, SourceEntry } from "./types.js";

/**
 * Decodes an image by the rules of its data set. A shorter side is reached by libvips' resize with a cubic kernel
 * (antialiased); images that are not larger stay as they are. Throws as Source.decode.
 */
export async function decodeBy(
  rules: PixelRules,
  source: Source,
  bytes: Uint8Array,
  entry: SourceEntry,
): Promise<DecodedImage> {
  const image = await source.decode(bytes, entry);
  const { shorterSide: side } = rules;
  if (side === null || Math.min(image.width, image.height) <= side) return image;
  const { width, height, pixels } = image;
  const { data, info } = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(width <= height ? { width: side, kernel: "cubic" } : { height: side, kernel: "cubic" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}

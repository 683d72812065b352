import sharp, { type Sharp } from "sharp";
import { type ImageFormat, imageFormat } from "../file-kinds/index.js";
import { stillAvif, unturnedAvif } from "./avif.js";
import { rgbOfCmyk } from "./cmyk.js";
import { damageReason } from "./damage.js";
import { decodeGif } from "./gif.js";
import { jpegComponents } from "./jpeg.js";
import { exifFirst } from "./png.js";
import { tiffFacts, tiffRefusal } from "./tiff.js";
import type { DecodedImage, Orientation } from "./types.js";
import { whatItIs } from "./what-it-is.js";

sharp.concurrency(1); // many images at once, one thread each: faster for small files
sharp.cache(false);

/** What the native core takes: of any image on the way to a view, and of a packed one. */
const MAX_PIXELS = 2 ** 28;
const MAX_SIDE = 65535;

/**
 * Decodes a JPEG, PNG, WebP, GIF, TIFF or AVIF file, told by its content, to the levels that torchvision's default loader
 * gives, which is Pillow's `Image.open(file).convert("RGB")`: colour profiles and gamma are ignored, alpha is dropped, CMYK
 * follows Pillow's formula, an animation is its first frame. docs/pixels.md has the rules and the exceptions.
 *
 * @param orientation "exif" turns by the EXIF tag, as Pillow's `ImageOps.exif_transpose`
 * @throws Error whose message is the reason, a phrase such as "the JPEG data end early"
 */
export async function decodeImage(
  encoded: Uint8Array,
  orientation: Orientation = "stored",
): Promise<DecodedImage> {
  if (encoded.length === 0) throw new Error("the file is empty");
  const format = imageFormat(encoded);
  if (format === null) {
    throw new Error(`it is ${whatItIs(encoded)}, not JPEG, PNG, WebP, GIF, TIFF or AVIF`);
  }
  const image = await decodeFormat(encoded, format, orientation);
  if (image.width > MAX_SIDE || image.height > MAX_SIDE)
    throw new Error(`it has ${image.width} × ${image.height} pixels, more than ${MAX_SIDE} on a side`);
  return image;
}

async function decodeFormat(encoded: Uint8Array, format: ImageFormat, orientation: Orientation) {
  if (format === "gif") return decodeGif(encoded, MAX_PIXELS);
  if (format === "tiff") return decodeTiff(encoded);
  if (format === "avif") {
    const still = stillAvif(encoded); // libheif turns it
    return rgb(open(orientation === "exif" ? still : unturnedAvif(still), false), format);
  }
  const turned = orientation === "exif";
  const image = open(turned && format === "png" ? exifFirst(encoded) : encoded, turned);
  if (format === "jpeg" && jpegComponents(encoded) === 4) return cmyk(image, format, 8);
  return rgb(image, format);
}

/** Pillow turns TIFF files, and only these, by their tag whether asked or not; so both orientations do. */
async function decodeTiff(encoded: Uint8Array): Promise<DecodedImage> {
  const facts = tiffFacts(encoded);
  const refusal = tiffRefusal(facts);
  if (refusal !== null) throw new Error(`it is a TIFF image ${refusal}`);
  const image = open(encoded, true);
  return facts.photometric === 5 ? cmyk(image, "tiff", facts.bits) : rgb(image, "tiff");
}

function open(encoded: Uint8Array, autoOrient: boolean): Sharp {
  const limits = { limitInputPixels: MAX_PIXELS, limitInputChannels: 6 }; // Pillow takes so many in TIFF files
  return sharp(encoded, { failOn: "error", ...limits, ignoreIcc: true, autoOrient });
}

async function rgb(image: Sharp, format: ImageFormat): Promise<DecodedImage> {
  const { data, info } = await run(image.toColourspace("srgb").removeAlpha().raw({ depth: "uchar" }), format);
  if (info.channels !== 3) throw new Error(`expected 3 channels but it has ${info.channels}`);
  return { width: info.width, height: info.height, pixels: data };
}

/** Takes the samples as they are stored (16-bit ones by their high byte), past sharp's own conversion by a profile. */
async function cmyk(image: Sharp, format: ImageFormat, bits: number): Promise<DecodedImage> {
  const raw = image.pipelineColourspace("cmyk").toColourspace("cmyk");
  const { data, info } = await run(raw.raw({ depth: bits === 16 ? "ushort" : "uchar" }), format);
  if (info.channels < 4) throw new Error(`expected 4 channels of CMYK but it has ${info.channels}`);
  const samples = bits === 16 ? data.filter((_, i) => i % 2 === 1) : data;
  return { width: info.width, height: info.height, pixels: rgbOfCmyk(samples, info.channels) };
}

async function run(image: Sharp, format: ImageFormat) {
  try {
    return await image.toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new Error(damageReason(cause as Error, format, MAX_PIXELS), { cause });
  }
}

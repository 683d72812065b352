import { IMAGE_FORMATS, type ImageFormat } from "../file-kinds/index.js";

/** What libvips and its decoders say of data that are not all there. */
const ENDS_EARLY =
  /premature end|truncated|unexpected end|end of (gif|file|data|source)|read error at scanline|not enough data/i;
/** What they say of both kinds of damage. */
const DAMAGED_OR_SHORT = /libpng read error|unable to parse image|bad seek|unsupported image format/i;

/**
 * Why sharp could not decode a file, as a phrase: its own messages are lists of lines, of which the first may be empty.
 *
 * @param pixelLimit the limit that sharp was given
 */
export function damageReason({ message }: Error, format: ImageFormat, pixelLimit: number): string {
  const name = IMAGE_FORMATS[format];
  if (/pixel limit/i.test(message)) return tooLarge(pixelLimit);
  if (/out of memory|unable to allocate|cannot allocate/i.test(message))
    return "there was not enough memory to decode it";
  if (/support is not configured|not supported|unsupported codec|decoder plugin/i.test(message))
    return `it is a kind of ${name} that this build of sharp does not decode (${detail(message)})`;
  if (ENDS_EARLY.test(message)) return `the ${name} data end early`;
  if (DAMAGED_OR_SHORT.test(message)) return `the ${name} data are damaged or end early`;
  const why = detail(message);
  return why === "" ? `the ${name} data are damaged or end early` : `the ${name} data are damaged (${why})`;
}

/** The reason for an image of more pixels than that. */
export const tooLarge = (pixelLimit: number): string =>
  `it has more than ${pixelLimit.toLocaleString("en")} pixels, the most that an image may have`;

/** The first thing that the message says, without the names of the functions that say it. */
function detail(message: string): string {
  const [line = ""] = message
    .replace("Input buffer has corrupt header:", "")
    .split("\n")
    .map((text) => text.replace(/^\s*([\w-]+:\s*)*/, "").trim())
    .filter((text) => text !== "");
  return line === "Unknown error" ? "" : line.replace(/[.:]+$/, "");
}

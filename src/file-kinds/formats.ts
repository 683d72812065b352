/** Formats that are decoded, by the names that messages call them. */
export const IMAGE_FORMATS = {
  jpeg: "JPEG",
  png: "PNG",
  webp: "WebP",
  gif: "GIF",
  tiff: "TIFF",
  avif: "AVIF",
} as const;
export type ImageFormat = keyof typeof IMAGE_FORMATS;

/** Whether `bytes` have the characters of `text` (Latin-1) at `offset`. */
export function has(bytes: Uint8Array, text: string, offset = 0): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** The format of an encoded image by its first bytes, whatever its name says; null if it is none that is decoded. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  if (has(bytes, "\xff\xd8\xff")) return "jpeg";
  if (has(bytes, "\x89PNG\r\n\x1a\n")) return "png";
  if (has(bytes, "RIFF") && has(bytes, "WEBP", 8)) return "webp";
  if (has(bytes, "GIF87a") || has(bytes, "GIF89a")) return "gif";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].some((begin) => has(bytes, begin))) return "tiff";
  return brands(bytes).some((brand) => brand === "avif" || brand === "avis") ? "avif" : null;
}

/** Brands of an ISO media file (MP4, HEIC, AVIF), the major one first; none for other files. */
export function brands(bytes: Uint8Array): string[] {
  if (!has(bytes, "ftyp", 4) || bytes.length < 16) return [];
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const found: string[] = [];
  for (let at = 8; at + 4 <= Math.min(size, bytes.length, 256); at += 4)
    if (at !== 12) found.push(Buffer.from(bytes.subarray(at, at + 4)).toString("latin1")); // at 12: a version
  return found;
}

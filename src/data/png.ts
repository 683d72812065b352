import { has } from "../file-kinds/index.js";

/**
 * A PNG file whose EXIF chunk stands behind its pixels, with that chunk before them, where libvips looks for it.
 *
 * @returns the same bytes where there is nothing to move
 */
export function exifFirst(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let pixels = 0;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const next = at + 12 + view.getUint32(at);
    if (pixels === 0 && has(bytes, "IDAT", at + 4)) pixels = at;
    if (has(bytes, "eXIf", at + 4)) {
      if (pixels === 0 || next > bytes.length) return bytes;
      const [before, between] = [bytes.subarray(0, pixels), bytes.subarray(pixels, at)];
      return Buffer.concat([before, bytes.subarray(at, next), between, bytes.subarray(next)]);
    }
    at = next;
  }
  return bytes;
}

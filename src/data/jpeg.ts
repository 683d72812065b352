/**
 * Number of components (1: grey, 3: colour, 4: CMYK or YCCK) that the frame header of a JPEG file states; null if it has
 * none. As libjpeg, it passes over what stands between segments.
 */
export function jpegComponents(bytes: Uint8Array): number | null {
  for (let at = 2; at + 9 < bytes.length; ) {
    const marker = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || marker === 0xff || marker === 0) {
      at++; // a byte that fills, or that is too much
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return bytes[at + 9] as number;
    if (marker === 0xda) return null;
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    at += isAlone ? 2 : 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
  }
  return null;
}

/** Luma of Rec. 601, 0 to 1: 0.299 R + 0.587 G + 0.114 B. @param pixels uint8 RGB [height, width, 3] */
export function lumaOf(pixels: Uint8Array): Float64Array {
  const luma = new Float64Array(pixels.length / 3);
  for (let i = 0; i < luma.length; i++) {
    const at = 3 * i;
    luma[i] =
      (0.299 * (pixels[at] as number) +
        0.587 * (pixels[at + 1] as number) +
        0.114 * (pixels[at + 2] as number)) /
      255;
  }
  return luma;
}

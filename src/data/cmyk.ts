/**
 * CMYK to RGB by Pillow's formula (Convert.c, cmyk2rgb), which knows no inks and no profiles: c' = (255 − k)(1 − c / 255),
 * the product rounded to the nearest level.
 *
 * @param samples [pixels, channels] of 0 (no ink) to 255; cyan, magenta, yellow and black first, further channels ignored
 * @param channels 4 or more
 * @returns uint8 [pixels, 3]
 */
export function rgbOfCmyk(samples: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((samples.length / channels) * 3);
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    const light = 255 - (samples[from + 3] as number);
    for (let c = 0; c < 3; c++) {
      const product = (samples[from + c] as number) * light + 128;
      rgb[to + c] = light - (((product >> 8) + product) >> 8); // MULDIV255: a b / 255, rounded
    }
  }
  return rgb;
}

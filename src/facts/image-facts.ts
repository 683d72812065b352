import { lumaOf } from "./luma.js";

/** What can be said of a picture without a label. */
export interface ImageFacts {
  /** Mean luma, 0 to 1. */
  brightness: number;
  /** Standard deviation of the luma (RMS contrast), 0 to 0.5. */
  contrast: number;
  /** Hasler and Süsstrunk 2003, equation 1, on 0 to 255: 0 grey, above 80 very colourful. */
  colourfulness: number;
  /** Shannon entropy of the luma's histogram of 256 bins, bits, 0 to 8. */
  entropy: number;
  /** Share of the inner pixels whose luma gradient (Sobel / 8, change a pixel) is above 0.1. */
  edge_density: number;
}

const EDGE = 0.1;

/** Facts of one image. @param pixels uint8 RGB [height, width, 3] */
export function imageFacts(pixels: Uint8Array, height: number, width: number): ImageFacts {
  const luma = lumaOf(pixels);
  const { mean, sd } = spreadOf(luma);
  return {
    brightness: mean,
    contrast: sd,
    colourfulness: colourfulness(pixels),
    entropy: entropy(luma),
    edge_density: edgeDensity(luma, height, width),
  };
}

function spreadOf(values: Float64Array): { mean: number; sd: number } {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / values.length) };
}

function colourfulness(pixels: Uint8Array): number {
  const n = pixels.length / 3;
  const [redGreen, yellowBlue] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [pixels[3 * i] as number, pixels[3 * i + 1] as number, pixels[3 * i + 2] as number];
    redGreen[i] = r - g;
    yellowBlue[i] = (r + g) / 2 - b;
  }
  const [a, b] = [spreadOf(redGreen), spreadOf(yellowBlue)];
  return Math.hypot(a.sd, b.sd) + 0.3 * Math.hypot(a.mean, b.mean);
}

function entropy(luma: Float64Array): number {
  const counts = new Uint32Array(256);
  for (const value of luma) {
    const bin = Math.min(255, Math.floor(value * 255 + 0.5));
    counts[bin] = (counts[bin] as number) + 1;
  }
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / luma.length) * Math.log2(count / luma.length);
  return bits;
}

function edgeDensity(luma: Float64Array, height: number, width: number): number {
  if (height < 3 || width < 3) return 0;
  let edges = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = (dy: number, dx: number) => luma[(y + dy) * width + x + dx] as number;
      const across = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
      const down = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
      if (Math.hypot(across, down) / 8 > EDGE) edges += 1;
    }
  }
  return edges / ((height - 2) * (width - 2));
}

import { lumaOf } from "./luma.js";

/** Side of the thumbnail that hash and similarity are taken from, and of the hash's block of frequencies. */
export const SIDE = 32;
const BLOCK = 8;

/** Luma of the image shrunk to 32 x 32 by averaging areas, whatever its aspect ratio; [32, 32], 0 to 1. */
export function thumbnailOf(pixels: Uint8Array, height: number, width: number): Float64Array {
  const luma = lumaOf(pixels);
  const rows = new Float64Array(SIDE * width);
  for (const { out, from, weight } of overlaps(height)) {
    for (let x = 0; x < width; x++)
      rows[out * width + x] = (rows[out * width + x] as number) + weight * (luma[from * width + x] as number);
  }
  const small = new Float64Array(SIDE * SIDE);
  for (const { out, from, weight } of overlaps(width)) {
    for (let y = 0; y < SIDE; y++)
      small[y * SIDE + out] = (small[y * SIDE + out] as number) + weight * (rows[y * width + from] as number);
  }
  return small;
}

interface Overlap {
  out: number;
  from: number;
  weight: number;
}
const known = new Map<number, Overlap[]>();

/** How much of each of `size` pixels lies in each of 32 equal cells; the weights of a cell add up to 1. */
function overlaps(size: number): readonly Overlap[] {
  const found = known.get(size);
  if (found !== undefined) return found;
  const cell = size / SIDE;
  const list: Overlap[] = [];
  for (let out = 0; out < SIDE; out++) {
    const [start, end] = [out * cell, (out + 1) * cell];
    for (let from = Math.floor(start); from < Math.min(size, Math.ceil(end)); from++) {
      const weight = (Math.min(end, from + 1) - Math.max(start, from)) / cell;
      if (weight > 0) list.push({ out, from, weight });
    }
  }
  known.set(size, list);
  return list;
}

const COSINES = Float64Array.from({ length: BLOCK * SIDE }, (_, i) =>
  Math.cos((Math.PI * Math.floor(i / SIDE) * (2 * (i % SIDE) + 1)) / (2 * SIDE)),
);

/**
 * 64-bit perceptual hash of a thumbnail (pHash, Zauner 2010): signs of the 8 x 8 lowest frequencies of the cosine
 * transform against their median, row by row, the first bit highest; 16 hexadecimal digits.
 *
 * @param thumbnail [32, 32]
 */
export function perceptualHash(thumbnail: Float64Array): string {
  const half = new Float64Array(BLOCK * SIDE);
  for (let u = 0; u < BLOCK; u++)
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++)
        half[u * SIDE + x] =
          (half[u * SIDE + x] as number) +
          (COSINES[u * SIDE + y] as number) * (thumbnail[y * SIDE + x] as number);
  const block = new Float64Array(BLOCK * BLOCK);
  for (let u = 0; u < BLOCK; u++)
    for (let v = 0; v < BLOCK; v++)
      for (let x = 0; x < SIDE; x++)
        block[u * BLOCK + v] =
          (block[u * BLOCK + v] as number) +
          (half[u * SIDE + x] as number) * (COSINES[v * SIDE + x] as number);
  const sorted = Float64Array.from(block).sort();
  const median = ((sorted[31] as number) + (sorted[32] as number)) / 2;
  let bits = 0n;
  for (const value of block) bits = (bits << 1n) | (value > median ? 1n : 0n);
  return bits.toString(16).padStart(16, "0");
}

/** Below this standard deviation of the luma a thumbnail shows nothing that could be correlated. */
const FLAT = 0.01;

/** Correlation of two thumbnails; of two flat ones, 1 if their brightness differs by less than 0.02, else 0. */
export function similarity(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const [flatA, flatB] = [Math.sqrt(aa / n) < FLAT, Math.sqrt(bb / n) < FLAT];
  if (flatA || flatB) return flatA && flatB && Math.abs(ma - mb) < 0.02 ? 1 : 0;
  return ab / Math.sqrt(aa * bb);
}

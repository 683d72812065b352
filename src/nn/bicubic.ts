/** Steepness of Keys' cubic kernel: that of Pillow and of PyTorch's antialias=True (bicubic without it has −0.75). */
const A = -0.5;

/** Keys' cubic convolution kernel (Keys 1981). */
function kernel(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((A + 2) * d - (A + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * A : 0;
}

/**
 * Weights that resample a row of values: bicubic with a = −0.5, pixel centres at halves, the kernel widened where the row gets
 * shorter. What timm resamples position embeddings by (torch.nn.functional.interpolate, bicubic, antialias=True).
 *
 * @returns [to, from], rows that add up to 1
 */
export function bicubicWeights(from: number, to: number): Float64Array {
  const weights = new Float64Array(to * from);
  const scale = from / to;
  const widen = Math.max(scale, 1);
  for (let i = 0; i < to; i++) {
    const center = scale * (i + 0.5);
    const first = Math.max(0, Math.floor(center - 2 * widen + 0.5));
    const end = Math.min(from, Math.floor(center + 2 * widen + 0.5));
    let sum = 0;
    for (let j = first; j < end; j++) {
      const weight = kernel((j + 0.5 - center) / widen);
      weights[i * from + j] = weight;
      sum += weight;
    }
    for (let j = first; j < end; j++) weights[i * from + j] = (weights[i * from + j] as number) / sum;
  }
  return weights;
}

/**
 * The same for a square grid, as one matrix.
 *
 * @param side places in a row and in a column of the grid
 * @returns [rows · columns, side²]
 */
export function bicubicGridWeights(side: number, rows: number, columns: number): Float32Array {
  const [down, across] = [bicubicWeights(side, rows), bicubicWeights(side, columns)];
  const out = new Float32Array(rows * columns * side * side);
  let next = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++)
          out[next++] = (down[row * side + y] as number) * (across[column * side + x] as number);
  return out;
}

/** Bits of a named array: uint32 [count], as test/golden/torch/counted.py has them, so that goldens need no large files. */
function bits(name: string, count: number): Uint32Array {
  let seed = 0x811c9dc5; // FNV-1a of the name
  for (const letter of new TextEncoder().encode(name)) seed = Math.imul(seed ^ letter, 0x01000193);
  return Uint32Array.from({ length: count }, (_, place) => {
    let x = Math.imul(place, 0x9e3779b9) + seed; // lowbias32 of the place
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return x ^ (x >>> 16);
  });
}

/** Numbers of a named array: float64 [count] on [-1, 1), multiples of 2^-23. */
export function uniform(name: string, count: number): Float64Array {
  return Float64Array.from(bits(name, count), (x) => (x >>> 8) * 2 ** -23 - 1);
}

/** The 16 sums of the values under signs given by the bits of the array of that name. */
export function projections(name: string, values: Float64Array): number[] {
  const signs = bits(`signs of ${name}`, values.length);
  const sums = new Array<number>(16).fill(0);
  for (const [i, value] of values.entries()) {
    const word = signs[i] as number;
    for (let k = 0; k < 16; k++) sums[k] = (sums[k] as number) + ((word >>> k) & 1 ? -value : value);
  }
  return sums;
}

/** Initial value of an array of a network, in PyTorch's layout, by its name: `initial` of test/golden/torch/make_steps.py. */
export function initialOf(name: string, shape: readonly number[]): Float32Array {
  const [outputs, inputs, height, width] = shape as [number, number, number, number];
  const scaled = (): ((u: number) => number) => {
    if (shape.length === 4) return (u) => u * Math.sqrt(6 / (outputs * height * width));
    if (shape.length === 2) return (u) => u / Math.sqrt(inputs);
    if (name.endsWith("running_var")) return (u) => 1 + 0.5 * u;
    if (name.endsWith("running_mean")) return (u) => 0.2 * u;
    if (name.endsWith("bias")) return (u) => 0.3 * u;
    return (u) => 1 + 0.3 * u;
  };
  const count = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from(uniform(name, count), scaled());
}

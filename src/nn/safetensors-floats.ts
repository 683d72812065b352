/** Types of arrays that are read, as float32. */
export const FLOATS: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"]);

/**
 * Turns little-endian floats of another type into float32. Halves and bfloat16 have each value in float32, and keep the bits of those that are
 * no number; of float64 the nearest is taken.
 *
 * @param dtype F64, F16 or BF16 @param bytes of as many values as `out` has, at a multiple of 8 in their buffer
 */
export function toFloat32(dtype: string, bytes: Uint8Array, out: Float32Array): void {
  const { buffer, byteOffset } = bytes;
  const count = out.length;
  if (dtype === "F64") {
    out.set(new Float64Array(buffer, byteOffset, count));
    return;
  }
  const stored = new Uint16Array(buffer, byteOffset, count);
  const words = new Uint32Array(out.buffer, out.byteOffset, count);
  const isHalf = dtype === "F16";
  for (let i = 0; i < count; i++) {
    const bits = stored[i] as number;
    words[i] = isHalf ? fromHalf(bits) : bits << 16;
  }
}

/** Bits of the float32 that has the value of an IEEE half-precision number. */
function fromHalf(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // float32 has no need of subnormal numbers here
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}

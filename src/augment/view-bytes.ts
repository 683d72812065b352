import type { Op } from "./specs.js";

/**
 * A view as a picture: undoes the normalisation among its operations and rounds to bytes.
 *
 * @param pixels float32 [height, width, 3] as the encoder is fed @param ops what made the view
 * @returns uint8 of the same shape
 */
export function viewBytes(pixels: Float32Array, ops: readonly Op[]): Uint8Array {
  const normalised = ops.find((op): op is Extract<Op, { op: "normalize" }> => op.op === "normalize");
  const { mean, std } = normalised ?? { mean: [0, 0, 0], std: [1, 1, 1] };
  return Uint8Array.from(pixels, (value, i) =>
    Math.max(0, Math.min(255, Math.round(255 * (value * (std[i % 3] as number) + (mean[i % 3] as number))))),
  );
}

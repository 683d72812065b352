import * as tf from "../engine/tf.js";

/** Views where they were made: in host memory, or a tensor on the engine's device that its user disposes of. */
export type ViewBatch = Float32Array | tf.Tensor4D;

/** The views as a tensor [n, size, size, 3]; new for those of the host, so call it in a tidy. */
export function tensorOf(batch: ViewBatch, size: number): tf.Tensor4D {
  if (!(batch instanceof Float32Array)) return batch;
  return tf.tensor4d(batch, [batch.length / (size * size * 3), size, size, 3]);
}

/** Frees views on a device; those of the host are left to the garbage collector. */
export function disposeViews(batches: readonly ViewBatch[]): void {
  for (const batch of batches) if (!(batch instanceof Float32Array)) batch.dispose();
}

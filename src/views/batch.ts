import type { OpenPolicy, ViewSelection } from "../augment/index.js";
import * as tf from "../engine/tf.js";

/** Views of one group: which, and by which policy. */
export type WantedViews = Omit<ViewSelection, "slots" | "samples"> & { policy: OpenPolicy };

/** Views in host memory. */
export interface HostBatch {
  /** float32 [images · views, height, width, 3] */
  readonly data: Float32Array;
  /** Pixels. */
  readonly height: number;
  readonly width: number;
}

/**
 * Views of one group, those of an image side by side, where they were made: in host memory, or a tensor [images · views,
 * height, width, 3] on the engine's device that its user disposes of.
 */
export type ViewBatch = HostBatch | tf.Tensor4D;

const isOnHost = (batch: ViewBatch): batch is HostBatch => "height" in batch;

/** The views as a tensor [images · views, height, width, 3]; new for those of the host, so call it in a tidy. */
export function tensorOf(batch: ViewBatch): tf.Tensor4D {
  if (!isOnHost(batch)) return batch;
  const { data, height, width } = batch;
  return tf.tensor4d(data, [data.length / (height * width * 3), height, width, 3]);
}

/**
 * Views of one size, of the same images, as one tensor [images · all views, height, width, 3]: of each image the views of
 * the first batch, then those of the next. Call it in a tidy.
 *
 * @param batches one or more @param images how many images each of them is of
 */
export function joinedTensor(batches: readonly ViewBatch[], images: number): tf.Tensor4D {
  const parts = batches.map(tensorOf);
  const [first] = parts as [tf.Tensor4D];
  if (parts.length === 1) return first;
  const [, height, width, channels] = first.shape;
  const perImage = parts.map((part) => tf.reshape(part, [images, -1, height * width * channels]));
  return tf.reshape(tf.concat(perImage, 1), [-1, height, width, channels]);
}

/** Frees views on a device; those of the host are left to the garbage collector. */
export function disposeViews(batches: readonly ViewBatch[]): void {
  for (const batch of batches) if (!isOnHost(batch)) batch.dispose();
}

import { getPolicy, openPolicy } from "../augment/index.js";
import type { ImageStore } from "../data/index.js";
import * as tf from "../engine/tf.js";
import { purposes } from "../native/index.js";
import type { Encoder } from "../nn/types.js";

export interface EmbedOptions {
  /** Side of the images that the encoder sees, pixels. */
  imageSize: number;
  /** Images encoded at once. Default 128. */
  batch?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Representations of unaugmented images (shorter side resized to the image size, centre crop, the policies'
 * normalisation), batch by batch, so that memory does not grow with their number. An engine must be open.
 *
 * @param indices manifest indices
 * @yields the indices of a batch and their representations float32 [images, dim]
 */
export async function* embedImages(
  store: ImageStore,
  encoder: Encoder,
  indices: Uint32Array,
  { imageSize, batch = 128, signal }: EmbedOptions,
): AsyncGenerator<{ indices: Uint32Array; values: Float32Array; dim: number }> {
  const policy = openPolicy(getPolicy("eval", { imageSize }));
  for (let start = 0; start < indices.length; start += batch) {
    signal?.throwIfAborted();
    const part = indices.slice(start, start + batch);
    const { pack, slots, release } = await store.load(part);
    try {
      const selection = { slots, samples: part, seed: 0, purpose: purposes.evaluation, epoch: 0, views: 1 };
      const pixels = await policy.augment(pack, selection);
      const y = tf.tidy(() => encoder.embed(tf.tensor4d(pixels, [part.length, imageSize, imageSize, 3])));
      const values = y.dataSync() as Float32Array;
      y.dispose();
      yield { indices: part, values, dim: y.shape[1] };
    } finally {
      release();
    }
  }
}

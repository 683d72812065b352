import { getPolicy, openPolicy } from "../augment/index.js";
import type { ImageReader, ImageStore } from "../data/index.js";
import { ShrinkingBatch } from "../engine/shrinking-batch.js";
import * as tf from "../engine/tf.js";
import { viewKeys } from "../native/index.js";
import type { Encoder } from "../nn/types.js";
import { checkRepresentations } from "./usable.js";

/** Images encoded at once where memory is enough. */
const AT_ONCE = 128;

export interface EmbedOptions {
  /** Side of the images that the encoder sees, pixels. */
  imageSize: number;
  /** Images encoded at once, fewer where memory runs out; see embeddingBatch. Default 128, and nobody is told. */
  batch?: ShrinkingBatch;
  signal?: AbortSignal | undefined;
}

/** A batch for several calls of embedImages: how many images fit is found out, and told, once. */
export function embeddingBatch(tell: (line: string) => void): ShrinkingBatch {
  return new ShrinkingBatch(AT_ONCE, tell);
}

/**
 * Representations of unaugmented images (shorter side resized to the image size, centre crop, the policies'
 * normalisation), batch by batch, so that memory does not grow with their number. An engine must be open.
 *
 * @param store which loads the images @param indices manifest indices
 * @yields the indices of a batch and their representations float32 [images, dim]
 * @throws SslMemError ENGINE when memory is too short for one image; NUMERIC as checkRepresentations; the signal's reason
 */
export async function* embedImages(
  store: ImageStore | ImageReader,
  encoder: Encoder,
  indices: Uint32Array,
  { imageSize, batch = new ShrinkingBatch(AT_ONCE), signal }: EmbedOptions,
): AsyncGenerator<{ indices: Uint32Array; values: Float32Array; dim: number }> {
  const policy = openPolicy(getPolicy("eval", { imageSize }));
  for (let start = 0; start < indices.length; ) {
    signal?.throwIfAborted();
    const encoded = await batch.run(async (size) => {
      const part = indices.slice(start, start + size);
      const { pack, slots, release } = await store.load(part);
      try {
        const selection = { slots, samples: part, ...viewKeys("plainViews", 0), views: 1 };
        const pixels = await policy.augment(pack, selection);
        const y = tf.tidy(() => encoder.embed(tf.tensor4d(pixels, [part.length, imageSize, imageSize, 3])));
        try {
          const [values, dim] = [y.dataSync() as Float32Array, y.shape[1]];
          checkRepresentations(values, dim, encoder.name, (row) => store.images.id(part[row] as number));
          return { indices: part, values, dim };
        } finally {
          y.dispose();
        }
      } finally {
        release();
      }
    });
    yield encoded;
    start += encoded.indices.length;
  }
}

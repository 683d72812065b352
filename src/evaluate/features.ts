import type { ImageStore } from "../data/index.js";
import type { Encoder } from "../nn/types.js";
import { type EmbedOptions, embedImages } from "./embed-images.js";
import type { LabelledRepresentations } from "./knn-accuracy.js";

/**
 * Representations and labels of images, all in memory: 4 · dim bytes an image. An engine must be open.
 *
 * @param indices manifest indices; an image without a label gets −1
 */
export async function labelledRepresentations(
  store: ImageStore,
  encoder: Encoder,
  indices: Uint32Array,
  options: EmbedOptions & { onProgress?: (done: number) => void },
): Promise<LabelledRepresentations> {
  let values = new Float32Array(0);
  let length: number | null = null;
  let at = 0;
  for await (const batch of embedImages(store, encoder, indices, options)) {
    if (at === 0) [values, length] = [new Float32Array(indices.length * batch.dim), batch.dim];
    values.set(batch.values, at);
    at += batch.values.length;
    options.onProgress?.(at / batch.dim);
  }
  return {
    values,
    dim: length ?? encoder.dim,
    labels: Array.from(indices, (index) => store.manifest.entry(index).label ?? -1),
  };
}

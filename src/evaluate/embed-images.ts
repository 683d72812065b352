import { getPolicy, openPolicy } from "../augment/index.js";
import type { ImageReader, ImageStore } from "../data/index.js";
import { ShrinkingBatch } from "../engine/shrinking-batch.js";
import * as tf from "../engine/tf.js";
import { viewKeys } from "../native/index.js";
import type { Encoder } from "../nn/types.js";
import {
  disposeViews,
  HostViews,
  tensorOf,
  type ViewBatch,
  type ViewSettings,
  viewMaker,
} from "../views/index.js";
import { checkRepresentations } from "./usable.js";

/** Images encoded at once where memory is enough. */
const AT_ONCE = 128;

export interface EmbedOptions {
  /** Side of the images that the encoder sees, pixels. */
  imageSize: number;
  /** Images encoded at once, fewer where memory runs out; see embeddingBatch. Default 128, and nobody is told. */
  batch?: ShrinkingBatch;
  /** Where the views are made. Default: in host memory; on a GPU every call would bring a whole packed file there first. */
  viewSettings?: ViewSettings;
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
  {
    imageSize,
    batch = new ShrinkingBatch(AT_ONCE),
    viewSettings = { viewsOn: "host" },
    signal,
  }: EmbedOptions,
): AsyncGenerator<{ indices: Uint32Array; values: Float32Array; dim: number }> {
  const policy = openPolicy(getPolicy("eval", { imageSize }));
  const wanted = [{ ...viewKeys("plainViews", 0), policy, views: 1 }];
  const maker = "packed" in store ? viewMaker(store, viewSettings) : new HostViews(store);
  try {
    for (let start = 0; start < indices.length; ) {
      signal?.throwIfAborted();
      const encoded = await batch.run(async (size) => {
        const part = indices.slice(start, start + size);
        const made = await maker.make(part, wanted);
        try {
          const { values, dim } = represent(encoder, made);
          const idOf = (row: number) => store.images.id(part[row] as number);
          checkRepresentations(values, dim, encoder.name, idOf);
          return { indices: part, values, dim };
        } finally {
          disposeViews(made);
        }
      });
      yield encoded;
      start += encoded.indices.length;
    }
  } finally {
    await maker.close();
  }
}

/** What the encoder makes of the only group of views, float32 [views, dim]. */
function represent(encoder: Encoder, [views]: ViewBatch[]): { values: Float32Array; dim: number } {
  const y = tf.tidy(() => encoder.embed(tensorOf(views as ViewBatch)));
  try {
    return { values: y.dataSync() as Float32Array, dim: y.shape[1] };
  } finally {
    y.dispose();
  }
}

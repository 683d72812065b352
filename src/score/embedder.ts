import { getPolicy, type OpenPolicy, openPolicy } from "../augment/index.js";
import type { ImageStore } from "../data/index.js";
import * as tf from "../engine/tf.js";
import { purposes } from "../native/index.js";
import type { Encoder } from "../nn/types.js";
import type { ScoreRecipe } from "./types.js";

/** Makes the views of a batch and gives them to encoders. */
export class BatchEmbedder {
  readonly #policy: OpenPolicy;
  readonly #original: OpenPolicy;

  constructor(
    readonly recipe: ScoreRecipe,
    readonly store: ImageStore,
  ) {
    this.#policy = openPolicy(getPolicy(recipe.policy, { imageSize: recipe.imageSize }));
    this.#original = openPolicy(getPolicy("eval", { imageSize: recipe.imageSize }));
  }

  /**
   * Views of the images: float32 [images, views, size, size, 3]. Under the scheme "original" view 0 is the image itself,
   * resized and centre-cropped, and the others are augmented.
   */
  async views(indices: Uint32Array): Promise<Float32Array> {
    const { pack, slots, release } = await this.store.load(indices);
    const { views, seed, scheme, imageSize } = this.recipe;
    const selection = { slots, samples: indices, seed, purpose: purposes.scoreViews, epoch: 0 };
    try {
      if (scheme !== "original") return await this.#policy.augment(pack, { ...selection, views });
      const originals = await this.#original.augment(pack, { ...selection, views: 1 });
      const augmented = await this.#policy.augment(pack, { ...selection, views: views - 1 });
      const size = imageSize * imageSize * 3;
      const all = new Float32Array(indices.length * views * size);
      for (let i = 0; i < indices.length; i++) {
        all.set(originals.subarray(i * size, (i + 1) * size), i * views * size);
        all.set(
          augmented.subarray(i * (views - 1) * size, (i + 1) * (views - 1) * size),
          (i * views + 1) * size,
        );
      }
      return all;
    } finally {
      release();
    }
  }

  /** Representations float32 [images · views, dim] of every encoder for the same views. */
  embed(views: Float32Array, encoders: readonly Encoder[]): { values: Float32Array; dim: number }[] {
    const { imageSize } = this.recipe;
    return tf.tidy(() => {
      const x = tf.tensor4d(views, [views.length / (imageSize * imageSize * 3), imageSize, imageSize, 3]);
      return encoders.map((encoder) => {
        const y = encoder.embed(x);
        return { values: y.dataSync() as Float32Array, dim: y.shape[1] };
      });
    });
  }
}

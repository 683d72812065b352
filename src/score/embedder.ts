import type { ImageStore } from "../data/index.js";
import { openedEngine, withinMemory } from "../engine/index.js";
import * as tf from "../engine/tf.js";
import type { Encoder } from "../nn/types.js";
import type { ScoreRecipe } from "./types.js";
import { ScoreViews } from "./views.js";

/** Makes the views of a batch and gives them to encoders. */
export class BatchEmbedder {
  readonly #views: ScoreViews;

  constructor(
    readonly recipe: ScoreRecipe,
    readonly store: ImageStore,
  ) {
    this.#views = new ScoreViews(recipe, store);
  }

  /** Views of the images: float32 [images, views, size, size, 3]; see ScoreViews. */
  async views(indices: Uint32Array): Promise<Float32Array> {
    return this.#views.pixels(indices);
  }

  /** Representations float32 [images · views, dim] of every encoder for the same views. */
  embed(views: Float32Array, encoders: readonly Encoder[]): { values: Float32Array; dim: number }[] {
    const { imageSize, batch } = this.recipe;
    const needs = { batch, before: openedEngine().memory().bytes, perImage: 0 };
    const work = () => {
      const x = tf.tensor4d(views, [views.length / (imageSize * imageSize * 3), imageSize, imageSize, 3]);
      return encoders.map((encoder) => {
        const y = encoder.embed(x);
        return { values: y.dataSync() as Float32Array, dim: y.shape[1] };
      });
    };
    return withinMemory("--score-batch", 1, needs, () => tf.tidy(work));
  }
}

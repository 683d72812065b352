import type { ImageStore } from "../data/index.js";
import * as tf from "../engine/tf.js";
import { type DeviceViews, deviceViews, type ViewBatch, type ViewSettings } from "../views/index.js";
import type { ScoreRecipe } from "./types.js";
import { ScoreViews } from "./views.js";

/** Makes the views of a batch. */
export class BatchEmbedder {
  readonly #views: ScoreViews;
  readonly #device: DeviceViews | null;

  /** @param settings where the views are made; an engine must be open for others than the host's */
  constructor(
    readonly recipe: ScoreRecipe,
    readonly store: ImageStore,
    settings: ViewSettings = { viewsOn: "host" },
  ) {
    this.#views = new ScoreViews(recipe, store);
    this.#device = deviceViews(store, settings);
  }

  /** Views of the images in host memory: float32 [images, views, size, size, 3]; see ScoreViews. */
  async views(indices: Uint32Array): Promise<Float32Array> {
    return this.#views.pixels(indices);
  }

  /** The same views where the settings want them; a tensor [images · views, size, size, 3] is for the caller to dispose of. */
  async batch(indices: Uint32Array): Promise<ViewBatch> {
    if (this.#device === null) return this.#views.pixels(indices);
    const made = await this.#device.make(indices, this.#views.wanted());
    if (made.length === 1) return made[0] as tf.Tensor4D;
    const { views, imageSize: size } = this.recipe;
    const joined = tf.tidy(() => {
      const parts = made.map((part) => tf.reshape(part, [indices.length, -1, size, size, 3]));
      return tf.reshape(tf.concat(parts, 1), [indices.length * views, size, size, 3]) as tf.Tensor4D;
    });
    tf.dispose(made);
    return joined;
  }

  /** Batches ahead for which views are made. */
  get depth(): number {
    return this.#device?.depth ?? 1;
  }

  async close(): Promise<void> {
    await this.#device?.close();
  }
}

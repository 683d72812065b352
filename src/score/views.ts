import { getPolicy, type Op, type OpenPolicy, openPolicy } from "../augment/index.js";
import type { ImageStore } from "../data/index.js";
import { viewKeys } from "../native/index.js";
import type { WantedViews } from "../views/index.js";
import type { ScoreRecipe } from "./types.js";

/** What of a recipe decides what the views are. */
export type ViewRecipe = Pick<ScoreRecipe, "policy" | "imageSize" | "views" | "scheme" | "seed">;

/**
 * Makes the views that images are scored on. Scoring and the report both use it, so what is shown is what was scored; it
 * needs no engine.
 */
export class ScoreViews {
  readonly #policy: OpenPolicy;
  readonly #original: OpenPolicy;

  constructor(
    readonly recipe: ViewRecipe,
    readonly store: ImageStore,
  ) {
    this.#policy = openPolicy(getPolicy(recipe.policy, { imageSize: recipe.imageSize }));
    this.#original = openPolicy(getPolicy("eval", { imageSize: recipe.imageSize }));
  }

  /**
   * Views of the images: float32 [images, views, size, size, 3], normalised by the policy. Under the scheme "original"
   * view 0 is the image itself, resized and centre-cropped, and the others are augmented.
   */
  async pixels(indices: Uint32Array): Promise<Float32Array> {
    const { pack, slots, release } = await this.store.load(indices);
    const { views, scheme, imageSize } = this.recipe;
    const selection = this.#selection(slots, indices);
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

  /** What the views of a batch are made of, in their order for each image. */
  wanted(): WantedViews[] {
    const { views, scheme, seed } = this.recipe;
    const common = { ...viewKeys("scoreViews", seed), firstView: 0 };
    if (scheme !== "original") return [{ ...common, policy: this.#policy, views }];
    return [
      { ...common, policy: this.#original, views: 1 },
      { ...common, policy: this.#policy, views: views - 1 },
    ];
  }

  /** The operations of the same views: [images][views][operations]. */
  async operations(indices: Uint32Array): Promise<Op[][][]> {
    const { pack, slots, release } = await this.store.load(indices);
    const { views, scheme } = this.recipe;
    const selection = this.#selection(slots, indices);
    try {
      if (scheme !== "original") return this.#policy.drawViews(pack, { ...selection, views });
      const originals = this.#original.drawViews(pack, { ...selection, views: 1 });
      const augmented = this.#policy.drawViews(pack, { ...selection, views: views - 1 });
      return originals.map((first, i) => [...first, ...(augmented[i] as Op[][])]);
    } finally {
      release();
    }
  }

  #selection(slots: Uint32Array, samples: Uint32Array) {
    // All views are of the first group, however many it has in training.
    return { slots, samples, ...viewKeys("scoreViews", this.recipe.seed), firstView: 0 };
  }
}

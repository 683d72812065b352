import type { OpenPolicy } from "../augment/index.js";
import { epochBatches } from "../data/order.js";
import type { Needs } from "../methods/types.js";
import { keyOf, randomUniform, viewKeys } from "../native/index.js";
import type { WantedViews } from "../views/batch.js";

// What a training step takes of the data, as functions of seed, epoch and image. Nothing here needs an engine.

/** Which images each step takes, and in which order. */
export class StepOrder {
  #epoch = -1;
  #batches: Uint32Array[] = [];
  /** Steps of an epoch. */
  readonly perEpoch: number;

  /** @param indices of the images that are trained on, as pairIndices has them @param seed of the order @param batch images of a step */
  constructor(
    readonly indices: Uint32Array,
    readonly seed: number,
    readonly batch: number,
  ) {
    this.perEpoch = Math.floor(indices.length / batch);
  }

  /** @param step from 0 @returns its epoch, from 0, and the indices of its images in the manifest, in their order */
  of(step: number): { epoch: number; samples: Uint32Array } {
    const { indices, seed, batch, perEpoch } = this;
    const epoch = Math.floor(step / perEpoch);
    if (epoch !== this.#epoch) {
      this.#batches = epochBatches(indices, { seed, epoch, batch });
      this.#epoch = epoch;
    }
    return { epoch, samples: this.#batches[step % perEpoch] as Uint32Array };
  }
}

/**
 * The views of an epoch, one selection for each of the needs. The method says how many views of an image there are, not the
 * policy: they are numbered one after the other.
 *
 * @param seed of the training's views
 */
export function wantedViews(
  needs: Needs,
  { policy, seed, epoch, threads = 0 }: { policy: OpenPolicy; seed: number; epoch: number; threads?: number },
): (WantedViews & { group: number; firstView: number; views: number })[] {
  const common = { ...viewKeys("trainViews", seed, epoch), policy, threads };
  let firstView = 0;
  return needs.views.map(({ group, count }) => {
    const selection = { ...common, group, views: count, firstView };
    firstView += count;
    return selection;
  });
}

/** The numbers of each image: name → float32 [images · n]. */
export function noiseOf(
  needs: Needs,
  { seed, epoch, samples }: { seed: number; epoch: number; samples: Uint32Array },
): Record<string, Float32Array> {
  const drawn = Object.entries(needs.noise ?? {}).map(([name, count], view) => {
    const numbers = new Float32Array(samples.length * count);
    for (const [place, sample] of samples.entries())
      randomUniform(
        keyOf("trainNoise", seed, { epoch, sample, view }),
        numbers.subarray(place * count, (place + 1) * count),
      );
    return [name, numbers] as const;
  });
  return Object.fromEntries(drawn);
}

import { getPolicy, type OpenPolicy, openPolicy } from "../augment/index.js";
import { epochBatches } from "../data/order.js";
import type { Needs } from "../methods/types.js";
import { keyOf, randomUniform, viewKeys } from "../native/index.js";
import { type ViewBatch, type ViewMaker, viewMaker } from "../views/index.js";
import type { StepBatch } from "./model.js";
import type { TrainOptions } from "./types.js";

/** What each step brings: views, classes and numbers as functions of seed, epoch and step. */
export class StepStream {
  readonly #policy: OpenPolicy;
  readonly #maker: ViewMaker;
  #epoch = -1;
  #batches: Uint32Array[] = [];

  /** @param classOf class of an image by its index in the manifest; null where the method needs none */
  constructor(
    readonly options: TrainOptions,
    readonly needs: Needs,
    readonly classOf: ((index: number) => number) | null,
    readonly perEpoch: number,
  ) {
    this.#policy = openPolicy(getPolicy(options.policy, { imageSize: options.imageSize }));
    this.#maker = viewMaker(options.store, options);
  }

  async of(step: number): Promise<StepBatch> {
    const { options, classOf } = this;
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.#epoch) {
      this.#batches = epochBatches(options.indices, { seed: options.orderSeed, epoch, batch: options.batch });
      this.#epoch = epoch;
    }
    const samples = this.#batches[step % this.perEpoch] as Uint32Array;
    return {
      views: await this.#views(samples, epoch),
      labels: classOf === null ? null : Int32Array.from(samples, classOf),
      noise: this.#noise(samples, epoch),
    };
  }

  async #views(samples: Uint32Array, epoch: number): Promise<ViewBatch[]> {
    const { options } = this;
    const keys = viewKeys("trainViews", options.seed, epoch);
    const common = { ...keys, policy: this.#policy, threads: options.threads ?? 0 };
    // The method says how many views there are, not the policy: they are numbered one after the other.
    let firstView = 0;
    const wanted = this.needs.views.map(({ group, count }) => {
      const selection = { ...common, group, views: count, firstView };
      firstView += count;
      return selection;
    });
    return this.#maker.make(samples, wanted);
  }

  #noise(samples: Uint32Array, epoch: number): Record<string, Float32Array> {
    const { seed } = this.options;
    const drawn = Object.entries(this.needs.noise ?? {}).map(([name, count], view) => {
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

  /** Size of the views of a group of the policy, pixels. */
  viewSize(group: number): { height: number; width: number } {
    const [height, width] = this.#policy.size(group);
    return { height, width };
  }

  /** Steps ahead for which views are made. */
  get depth(): number {
    return this.#maker.depth;
  }

  async close(): Promise<void> {
    await this.#maker.close();
  }
}

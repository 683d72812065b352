import { getPolicy, type OpenPolicy, openPolicy } from "../augment/index.js";
import type { Needs } from "../methods/types.js";
import { type ViewMaker, viewMaker } from "../views/index.js";
import type { StepBatch } from "./model.js";
import { noiseOf, StepOrder, wantedViews } from "./step-data.js";
import type { TrainOptions } from "./types.js";

/** What each step brings: views, classes and numbers as functions of seed, epoch and step. */
export class StepStream {
  readonly #policy: OpenPolicy;
  readonly #maker: ViewMaker;
  readonly #order: StepOrder;

  /** @param classOf class of an image by its index in the manifest; null where the method needs none */
  constructor(
    readonly options: TrainOptions,
    readonly needs: Needs,
    readonly classOf: ((index: number) => number) | null,
    readonly perEpoch: number,
  ) {
    this.#policy = openPolicy(getPolicy(options.policy, { imageSize: options.imageSize }));
    this.#maker = viewMaker(options.store, options);
    this.#order = new StepOrder(options.indices, options.orderSeed, options.batch);
  }

  async of(step: number): Promise<StepBatch> {
    const { options, classOf, needs } = this;
    const { epoch, samples } = this.#order.of(step);
    const { seed, threads } = options;
    const wanted = wantedViews(needs, { policy: this.#policy, seed, epoch, threads: threads ?? 0 });
    return {
      views: await this.#maker.make(samples, wanted),
      labels: classOf === null ? null : Int32Array.from(samples, classOf),
      noise: noiseOf(needs, { seed, epoch, samples }),
    };
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

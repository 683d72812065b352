import type { Op, OpenPolicy, ViewSelection } from "../augment/index.js";
import type { ImageStore } from "../data/index.js";
import type { Pack } from "../native/index.js";
import type { HostBatch, WantedViews } from "./batch.js";

/** Views and how they were made. */
export interface DescribedBatch extends HostBatch {
  /** [images][views][operations] */
  readonly operations: Op[][][];
}

/** Makes views in host memory by the native core, off the JavaScript thread. It needs no engine. */
export class HostViews {
  /** Batches ahead that Ahead should make. */
  readonly depth = 1;

  constructor(readonly store: Pick<ImageStore, "load">) {}

  /**
   * @param indices manifest indices, in the order of the views
   * @returns one batch [images · views, height, width, 3] for each of `wanted`, each at its group's size
   * @throws SslMemError as the store and the policies
   */
  async make(indices: Uint32Array, wanted: readonly WantedViews[]): Promise<HostBatch[]> {
    return this.#each(indices, wanted, batchOf);
  }

  /** The same views with the operations that made them; the images are loaded once. Arguments and errors as for make. */
  async describe(indices: Uint32Array, wanted: readonly WantedViews[]): Promise<DescribedBatch[]> {
    return this.#each(indices, wanted, async (policy, pack, selection) => ({
      ...(await batchOf(policy, pack, selection)),
      operations: policy.drawViews(pack, selection),
    }));
  }

  async #each<T>(
    indices: Uint32Array,
    wanted: readonly WantedViews[],
    of: (policy: OpenPolicy, pack: Pack, selection: ViewSelection) => Promise<T>,
  ): Promise<T[]> {
    const { pack, slots, release } = await this.store.load(indices);
    try {
      const made: T[] = [];
      for (const { policy, ...selection } of wanted)
        made.push(await of(policy, pack, { ...selection, slots, samples: indices }));
      return made;
    } finally {
      release();
    }
  }

  /** Nothing is kept between calls. */
  async close(): Promise<void> {}
}

async function batchOf(policy: OpenPolicy, pack: Pack, selection: ViewSelection): Promise<HostBatch> {
  const [height, width] = policy.size(selection.group);
  return { data: await policy.augment(pack, selection), height, width };
}

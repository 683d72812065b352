import { SslMemError } from "../errors.js";
import { augment, type Chain, createChain, drawViews, type Pack, type ViewRequest } from "../native/index.js";
import { checkGiven } from "../text/given.js";
import type { Policy } from "./policy.js";
import type { Op } from "./specs.js";

/** Which views of which images, of one group of a policy. */
export interface ViewSelection {
  /** [images] position of each image in the pack */
  slots: Uint32Array;
  /** [images] its index in the manifest, which keys its random numbers */
  samples: Uint32Array;
  seed: number;
  /** see viewKeys in src/native/streams.ts */
  purpose: number;
  epoch: number;
  /** default 0 */
  group?: number;
  /** per image; default: as many as the group has in a training step */
  views?: number;
  /** number of the first one; default: firstView of the group, for at most as many views as the group has */
  firstView?: number;
  /** 0 (default): one per hardware thread; changes no result */
  threads?: number;
}

/** A policy with its native chains. Made by openPolicy. */
export class OpenPolicy {
  readonly #chains: readonly Chain[];

  constructor(readonly policy: Policy) {
    this.#chains = policy.groups.map((group) => createChain(group.transforms));
  }

  /** [height, width] of a group's views, in pixels. */
  size(group = 0): readonly [number, number] {
    const { height, width } = this.#chain(group);
    return [height, width];
  }

  /** Number of a group's first view: the views in the groups before, so that no two groups share random numbers. */
  firstView(group = 0): number {
    return this.policy.groups.slice(0, group).reduce((sum, { views }) => sum + views, 0);
  }

  /**
   * Makes views, off the JavaScript thread.
   *
   * @param selection.out [images, views, height, width, 3]; a new array when left out
   * @returns float32 [images, views, height, width, 3], normalised by the policy
   * @throws SslMemError USAGE; the signal's reason when aborted
   */
  async augment(
    pack: Pack,
    selection: ViewSelection & { out?: Float32Array; signal?: AbortSignal },
  ): Promise<Float32Array> {
    const options = {
      ...(selection.out && { out: selection.out }),
      ...(selection.signal && { signal: selection.signal }),
    };
    return augment(this.#chain(selection.group), pack, this.#request(selection), options);
  }

  /**
   * The operations of the same views: [images][views][operations].
   *
   * @throws SslMemError USAGE
   */
  drawViews(pack: Pack, selection: ViewSelection): Op[][][] {
    return drawViews<Op>(this.#chain(selection.group), pack, this.#request(selection));
  }

  /** The same request in the terms of the native core: the group's chain and what is asked of it. */
  request(selection: ViewSelection): { chain: Chain; request: ViewRequest } {
    return { chain: this.#chain(selection.group), request: this.#request(selection) };
  }

  #chain(group = 0): Chain {
    const chain = this.#chains[group];
    if (chain !== undefined) return chain;
    const range = `[0, ${this.#chains.length - 1}]`;
    throw new SslMemError("USAGE", `Expected an integer in ${range} for group but received ${group}.`);
  }

  #request(selection: ViewSelection): ViewRequest {
    const { slots, samples, seed, purpose, epoch, group = 0, threads = 0 } = selection;
    const groups = this.policy.groups;
    const own = groups[group]?.views ?? 1;
    const { firstView = this.firstView(group), views = own } = selection;
    // More views than the group's own would repeat the random numbers of the group behind it, without a word.
    if (selection.firstView === undefined && views > own && group < groups.length - 1) {
      throw new SslMemError(
        "INTERNAL",
        `Expected at most ${own} views of group ${group} of the policy ${this.policy.name}, whose next group follows in number, but received ${views}.`,
        "firstView says where they begin",
      );
    }
    return { slots, samples, seed, purpose, epoch, firstView, views, threads };
  }
}

/**
 * Makes the native chains of a policy.
 *
 * @throws SslMemError USAGE when a transform is refused; ENGINE when the native core cannot be loaded
 */
export function openPolicy(policy: Policy): OpenPolicy {
  checkGiven("openPolicy", { policy }, ["policy.groups"]);
  return new OpenPolicy(policy);
}

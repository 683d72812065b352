import { SslMemError } from "../errors.js";
import { contractBroken } from "../faults/index.js";
import type { Nets } from "../methods/types.js";
import type { ForwardContext, Network, Weights } from "../nn/index.js";
import { Undeclared } from "./contract.js";

/** A network over a model's arrays: the encoder's own, or copies of them under a prefix. */
export class WeightedNetwork {
  /** All arrays, as a method sees them. */
  readonly #own: Weights;
  readonly #views = new Map<string, Weights>();

  constructor(
    readonly network: Network,
    readonly weights: Weights,
    undeclared = new Undeclared(),
  ) {
    this.#own = undeclared.watchingArrays(weights);
  }

  /** What a loss may call. @param onStatistics receives each batch normalisation's statistics, by the array's whole name */
  nets(onStatistics: NonNullable<ForwardContext["onStatistics"]>): Nets {
    const { network } = this;
    return {
      encode: (views, { arrays = "", keep } = {}) => {
        if (keep !== undefined && network.tokens === undefined)
          throw new SslMemError(
            "USAGE",
            "Expected an architecture with tokens for a method that hides some of them.",
          );
        return network.forward(views, {
          weights: this.under(arrays),
          training: true,
          ...(keep && { keep }),
          onStatistics: (name, mean, variance) => onStatistics(arrays + name, mean, variance),
        });
      },
      head: { weights: this.#own, training: true, onStatistics },
    };
  }

  /** The arrays under a prefix, by their names without it. */
  under(prefix: string): Weights {
    if (prefix === "") return this.weights;
    let found = this.#views.get(prefix);
    if (found === undefined) {
      const own = [...this.weights].filter(([name]) => name.startsWith(prefix));
      if (own.length === 0)
        throw contractBroken(
          `Expected arrays of the method's state to encode with but there are none under "${prefix}".`,
        );
      found = new Map(own.map(([name, value]) => [name.slice(prefix.length), value]));
      this.#views.set(prefix, found);
    }
    return found;
  }
}

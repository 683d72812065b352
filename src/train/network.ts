import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { contractBroken } from "../faults/index.js";
import type { Needs } from "../methods/types.js";
import type { ForwardContext, Network, Weights } from "../nn/index.js";
import { Undeclared } from "./contract.js";
import type { TrainingNets } from "./passes.js";

/** Name of the noise that the encoder itself needs, beside the method's own. */
export const ENCODER_NOISE = "encoder";

const viewsOf = ({ views }: Pick<Needs, "views">) => views.reduce((sum, { count }) => sum + count, 0);

/** What of the data a step must bring for method and encoder: for each view the numbers that the encoder draws, in turn. */
export function withEncoderNoise(needs: Needs, { noise: each }: Network): Needs {
  if (each === undefined) return needs;
  return { ...needs, noise: { ...needs.noise, [ENCODER_NOISE]: viewsOf(needs) * each } };
}

/** A network over a model's arrays: the encoder's own, or copies of them under a prefix. */
export class WeightedNetwork {
  /** All arrays, as a method sees them. */
  readonly #own: Weights;
  readonly #views = new Map<string, Weights>();
  readonly #constants = new Map<string, tf.Tensor>();

  constructor(
    readonly network: Network,
    readonly weights: Weights,
    undeclared = new Undeclared(),
  ) {
    this.#own = undeclared.watchingArrays(weights);
  }

  /**
   * What a loss may call.
   *
   * @param onStatistics receives each batch normalisation's statistics, by the array's whole name
   * @param noise float32 [images, views · Network.noise]: the trained encoder takes the next views' numbers at each call, and
   *   begins again after the last; copies of it draw nothing
   */
  nets(onStatistics: NonNullable<ForwardContext["onStatistics"]>, noise?: tf.Tensor2D): TrainingNets {
    const { network } = this;
    const draw = rowsInTurn(noise, network.noise ?? 0);
    return {
      encode: (views, { arrays = "", keep, statistics = true } = {}) => {
        if (keep !== undefined && network.tokens === undefined)
          throw new SslMemError(
            "USAGE",
            "Expected an architecture with tokens for a method that hides some of them.",
          );
        const drawn = arrays === "" ? draw(views.shape[0]) : undefined;
        return network.forward(views, {
          weights: this.under(arrays),
          training: true,
          constants: this.#constants,
          ...(drawn && { noise: drawn }),
          ...(keep && { keep }),
          ...(statistics && {
            onStatistics: (name, mean, variance) => onStatistics(arrays + name, mean, variance),
          }),
        });
      },
      head: { weights: this.#own, training: true, onStatistics },
    };
  }

  /** Frees what the passes have kept; the weights are the caller's. */
  dispose(): void {
    tf.dispose([...this.#constants.values()]);
    this.#constants.clear();
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

/** Numbers for the next n views: those of the next n / images views of each image, image by image. */
function rowsInTurn(noise: tf.Tensor2D | undefined, each: number): (n: number) => tf.Tensor2D | undefined {
  if (noise === undefined) return () => undefined;
  const [images, all] = noise.shape;
  const views = all / each;
  let next = 0;
  return (n) => {
    const count = n / images;
    const taken = Array.from({ length: count }, (_, i) =>
      tf.slice(noise, [0, ((next + i) % views) * each], [-1, each]),
    );
    next = (next + count) % views;
    return tf.reshape(tf.concat(taken, 1), [n, each]);
  };
}

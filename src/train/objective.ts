import { getPolicy } from "../augment/index.js";
import { alone, type Collective } from "../engine/collective.js";
import type { Method, Needs, Objective } from "../methods/types.js";
import { kit, type Network } from "../nn/index.js";
import { valuesOf } from "../settings/registry.js";
import { withEncoderNoise } from "./network.js";
import type { TrainRecipe } from "./types.js";

/** What of the data a step of a recipe must bring, for method and encoder. Throws SslMemError USAGE for settings out of their range. */
export function needsOf(method: Method, recipe: TrainRecipe, network: Network): Needs {
  const policy = getPolicy(recipe.policy, { imageSize: recipe.imageSize });
  const own = method.needs(valuesOf(method.settings, { ...recipe }), network, policy);
  return withEncoderNoise(own, network);
}

/** What a recipe's objective is built of. */
interface Parts {
  readonly method: Method;
  /** The encoder, as it is built for the recipe's images. */
  readonly network: Network;
  /** Classes of the images; 0 where the method needs no labels. */
  readonly classes: number;
  readonly collective?: Collective;
}

/**
 * What a recipe's method does with one encoder. Needs no open engine.
 *
 * @throws SslMemError USAGE for settings that the method cannot work with
 */
export function objectiveOf(
  recipe: TrainRecipe,
  { method, network, classes, collective = alone }: Parts,
): Objective {
  const { dim, parameters: encoder } = network;
  const { batch, accumulate: parts = 1, epochs } = recipe;
  const given = { dim, encoder, classes, batch: batch / parts, epochs, collective };
  return method.build(given, valuesOf(method.settings, { ...recipe }), kit);
}

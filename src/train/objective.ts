import { alone, type Collective } from "../engine/collective.js";
import type { Method, Objective } from "../methods/types.js";
import { kit, type Network } from "../nn/index.js";
import { valuesOf } from "../settings/registry.js";
import type { TrainRecipe } from "./types.js";

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

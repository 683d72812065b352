import { getPolicy } from "../augment/index.js";
import { alone, type Collective } from "../engine/collective.js";
import type { Method, Needs, Objective } from "../methods/types.js";
import { kit, type Network } from "../nn/index.js";
import { valuesOf } from "../settings/registry.js";
import { alignmentLimited, limitsAlignment, needsOfPair } from "./alignment-limited.js";
import { withEncoderNoise } from "./network.js";
import { withSpread } from "./spread.js";
import type { TrainRecipe } from "./types.js";

const ownNeeds = (method: Method, recipe: TrainRecipe, network: Network): Needs =>
  method.needs(
    valuesOf(method.settings, { ...recipe }),
    network,
    getPolicy(recipe.policy, { imageSize: recipe.imageSize }),
  );

/** What of the data a step of a recipe must bring, for method and encoder. Throws SslMemError USAGE for settings out of their range. */
export function needsOf(method: Method, recipe: TrainRecipe, network: Network): Needs {
  const own = ownNeeds(method, recipe, network);
  return withEncoderNoise(limitsAlignment(recipe) ? needsOfPair(own, recipe) : own, network);
}

/**
 * What a recipe trains an encoder for: the method's objective, with what every training watches and may add. Makes no array and
 * needs no engine.
 *
 * @param given classes of the images, 0 where the method needs no labels; who else trains the model
 * @throws SslMemError USAGE for settings that the method cannot work with
 */
export function objectiveOf(
  method: Method,
  recipe: TrainRecipe,
  network: Network,
  { classes = 0, collective = alone }: { classes?: number; collective?: Collective } = {},
): Objective {
  const { dim, parameters: encoder } = network;
  const batch = recipe.batch / (recipe.accumulate ?? 1);
  const values = valuesOf(method.settings, { ...recipe });
  const given = { dim, encoder, classes, batch, epochs: recipe.epochs, collective };
  const built = method.build(given, values, kit);
  const own = ownNeeds(method, recipe, network);
  const limited = limitsAlignment(recipe) ? alignmentLimited(built, own, recipe) : built;
  return withSpread(limited, own);
}

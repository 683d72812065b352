import { alone, type Collective } from "../engine/collective.js";
import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { blaming } from "../faults/index.js";
import type { Method, Needs, Objective } from "../methods/types.js";
import type { Network } from "../nn/index.js";
import * as layers from "../nn/layers.js";
import { valuesOf } from "../settings/registry.js";
import { alignmentLimited, limitsAlignment, needsOfPair } from "./alignment-limited.js";
import { needsOf as declaredNeeds, methodName } from "./contract.js";
import { withSpread } from "./spread.js";
import type { TrainRecipe } from "./types.js";

/** What of the data a step of a recipe must bring. Throws SslMemError USAGE for settings out of their range. */
export function needsOf(method: Method, recipe: TrainRecipe, network: Network): Needs {
  const own = declaredNeeds(method, recipe, network);
  return limitsAlignment(recipe) ? needsOfPair(own, recipe) : own;
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
  const about = { dim, encoder, classes, batch, collective };
  const built = blaming(`build() of ${methodName(method)}`, () =>
    method.build(about, values, { tf, ops, layers }),
  );
  const own = declaredNeeds(method, recipe, network);
  const limited = limitsAlignment(recipe) ? alignmentLimited(built, own, recipe) : built;
  return withSpread(limited, own);
}

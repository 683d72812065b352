import { alone, type Collective } from "../engine/collective.js";
import { blaming } from "../faults/index.js";
import type { Method, Needs, Objective } from "../methods/types.js";
import { kit, type Network } from "../nn/index.js";
import { valuesOf } from "../settings/registry.js";
import { alignmentLimited, limitsAlignment, needsOfPair } from "./alignment-limited.js";
import { checkedNeeds, checkOutcome, methodName } from "./contract.js";
import { withEncoderNoise } from "./network.js";
import { withSpread } from "./spread.js";
import type { TrainRecipe } from "./types.js";

/** What of the data a step of a recipe must bring, for method and encoder. Throws SslMemError USAGE for settings out of their range. */
export function needsOf(method: Method, recipe: TrainRecipe, network: Network): Needs {
  const own = checkedNeeds(method, recipe, network);
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
  const { batch, accumulate: parts = 1, epochs } = recipe;
  const values = valuesOf(method.settings, { ...recipe });
  const given = { network, dim, encoder, classes, batch: batch / parts, epochs, collective };
  const built = blaming(`build() of ${methodName(method)}`, () => method.build(given, values, kit));
  const own = checkedNeeds(method, recipe, network);
  // What the method itself gives is looked at, before anything is added to it.
  const checked: Objective = {
    ...built,
    loss(batch, nets, at) {
      const outcome = built.loss(batch, nets, at);
      checkOutcome(methodName(method), outcome, Object.keys(method.metrics ?? {}));
      return outcome;
    },
  };
  const limited = limitsAlignment(recipe) ? alignmentLimited(checked, own, recipe) : checked;
  return withSpread(limited, own);
}

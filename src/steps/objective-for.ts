import type { Settings } from "../config/all-settings.js";
import { getMethod } from "../methods/registry.js";
import type { Needs, Objective } from "../methods/types.js";
import { buildNetwork, getArchitecture, type Network } from "../nn/index.js";
import { needsOf, objectiveOf } from "../train/objective.js";
import { recipeOf } from "../train/recipe.js";

/** Classes of a method that needs labels, where nobody has counted them yet. */
const SOME_CLASSES = 2;

/**
 * What the settings train: for whoever looks at its arrays or at what it needs. Makes no array and needs no engine.
 *
 * @param classes of the images, where they are known
 * @throws SslMemError USAGE for settings that the method or the network cannot work with
 */
export function objectiveFor(
  settings: Settings,
  classes = SOME_CLASSES,
): { network: Network; needs: Needs; objective: Objective } {
  const method = getMethod(settings.method);
  const recipe = recipeOf(settings, 0, "f");
  const network = buildNetwork(getArchitecture(settings.arch, settings), settings.imageSize);
  const given = { classes: method.labels ? classes : 0 };
  return {
    network,
    needs: needsOf(method, recipe, network),
    objective: objectiveOf(method, recipe, network, given),
  };
}

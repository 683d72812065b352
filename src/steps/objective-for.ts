import type { Settings } from "../config/all-settings.js";
import { getMethod } from "../methods/registry.js";
import type { Needs, Objective } from "../methods/types.js";
import { buildNetwork, getArchitecture, type Network } from "../nn/index.js";
import { checkViews } from "../train/check-views.js";
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
  const architecture = getArchitecture(settings.arch, settings);
  const network = buildNetwork(architecture, settings.imageSize);
  const given = { classes: method.labels ? classes : 0 };
  const needs = needsOf(method, recipe, network);
  checkViews(needs, recipe, architecture);
  return {
    network,
    needs,
    objective: objectiveOf(method, recipe, network, given),
  };
}

import { namedIn } from "../text/named-in.js";
import { adamw } from "./adamw.js";
import { lars } from "./lars.js";
import { sgd } from "./sgd.js";
import type { OptimizerDefinition } from "./types.js";

/** Every optimiser there is. */
export const OPTIMIZERS = [sgd, adamw, lars] as const;

/** Names of the registered optimisers. */
export function optimizerNames(): string[] {
  return OPTIMIZERS.map(({ name }) => name);
}

/** The optimiser of that name. Throws SslMemError USAGE for an unknown one. */
export function getOptimizer(name: string): OptimizerDefinition {
  return namedIn(OPTIMIZERS as unknown as OptimizerDefinition[], name, "optimizer");
}

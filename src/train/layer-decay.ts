import { SslMemError } from "../errors.js";
import { depthsOf } from "../nn/depth.js";
import type { Network } from "../nn/types.js";

/**
 * What the learning rate of a parameter is multiplied by (ELECTRA's and BEiT's layer-wise decay, as timm has it): `decay` for each
 * layer that it lies below the method's head, whose own factor is 1.
 *
 * @param decay in (0, 1] @param architecture its name, for the error
 * @throws SslMemError USAGE for a network without layers, unless `decay` is 1
 */
export function layerFactors(
  network: Network,
  decay: number,
  architecture: string,
): (parameter: string) => number {
  if (decay === 1) return () => 1;
  const depths = depthsOf(network);
  if (depths === null)
    throw new SslMemError(
      "USAGE",
      `Expected an architecture whose layers have an order for --layer-decay ${decay} but received ${architecture}.`,
      "--layer-decay 1, or another --arch",
    );
  const { of, head } = depths;
  return (parameter) => decay ** (head - (of.get(parameter) ?? head));
}

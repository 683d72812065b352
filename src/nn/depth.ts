import type { Network } from "./types.js";

/** What timm's vision transformers and torchvision's ResNets call their blocks. */
const BLOCK = /^(blocks\.\d+|layer\d+\.\d+)\./;

/**
 * How deep the parameters of a network lie, by timm's rule (param_groups_layer_decay): 0 for what stands before the blocks, then
 * the number of the block, from 1; what follows the last block counts with it. A head lies one deeper.
 *
 * @returns depths by name, and the head's; null for a network that says none and has no blocks of these names
 */
export function depthsOf({ parameters, depth }: Pick<Network, "parameters" | "depth">) {
  const of = new Map<string, number>();
  let head = 0;
  const blocks = new Set<string>();
  for (const { name } of parameters) {
    const block = BLOCK.exec(name)?.[1];
    if (block !== undefined) blocks.add(block);
    const own = depth?.(name) ?? blocks.size;
    of.set(name, own);
    head = Math.max(head, own + 1);
  }
  if (depth === undefined && blocks.size === 0) return null;
  return { of: of as ReadonlyMap<string, number>, head };
}

import { SslMemError } from "../errors.js";
import type { Network } from "../nn/types.js";

/** The patches that an encoder makes tokens of. */
export interface PatchGrid {
  /** Side of a patch, pixels. */
  readonly patch: number;
  /** Patches in a row and in a column. */
  readonly side: number;
  /** Tokens in front of those of the patches: 1 for a class token. */
  readonly first: 0 | 1;
}

/**
 * The grid of a network's patches.
 *
 * @param method its name in words, for errors
 * @throws SslMemError USAGE for a network without tokens, or whose patches do not cover its images
 */
export function gridOf({ tokens, image }: Network, method: string): PatchGrid {
  if (tokens === undefined)
    throw new SslMemError(
      "USAGE",
      `Expected an architecture that makes tokens of patches for ${method}, which hides some of them, but received one without.`,
      "--arch vit-tiny-4",
    );
  const { patch, classToken } = tokens;
  const side = image.size / patch;
  if (!Number.isInteger(side))
    throw new SslMemError(
      "USAGE",
      `Expected an image size that is a multiple of ${patch}, the side of a patch, for ${method} but received ${image.size}.`,
      `--image-size ${Math.max(1, Math.round(side)) * patch}`,
    );
  return { patch, side, first: classToken ? 1 : 0 };
}

/**
 * Refuses a width that heads or fixed positions do not divide.
 *
 * @param what "decoder" or "predictor", as in the names of the settings
 * @throws SslMemError USAGE naming them
 */
export function checkWidth(what: string, dim: number, heads: number): void {
  if (dim % 4 === 0 && dim % heads === 0) return;
  throw new SslMemError(
    "USAGE",
    `Expected a --${what}-dim that is a multiple of 4 and of --${what}-heads ${heads} but received ${dim}.`,
    `--${what}-dim ${4 * heads * Math.max(1, Math.round(dim / (4 * heads)))}`,
  );
}

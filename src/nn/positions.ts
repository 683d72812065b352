import type * as tf from "../engine/tf.js";
import type { TransformerInitial } from "./transformer-initials.js";
import { SCHEMES } from "./transformer-schemes.js";
import type { ParameterSpec } from "./types.js";

/** Specification of a token that stands for the whole image or for a hidden patch: [1, 1, dim], not decayed. */
export function tokenSpec(name: string, dim: number, initial: TransformerInitial = "timm"): ParameterSpec {
  const begin = SCHEMES[initial].classToken;
  return { name, shape: [1, 1, dim], layout: "same", initial: begin, isLearned: true, isDecayed: false };
}

/** What position embeddings are for. */
export interface PositionShape {
  readonly dim: number;
  /** Patches in a row and in a column. */
  readonly side: number;
  /** Whether there is one for a class token, in front. */
  readonly classToken: boolean;
  /** Learned, or sinCosPositions, which stay as they are; a class token's are zeros. */
  readonly positions: "learned" | "sincos";
  /** Default timm. */
  readonly initial?: TransformerInitial;
}

/** Specification of position embeddings: [1, places, dim], not decayed. */
export function positionSpec(
  name: string,
  { dim, side, classToken, positions, initial = "timm" }: PositionShape,
): ParameterSpec {
  const first = classToken ? 1 : 0;
  const fixed: ParameterSpec["initial"] = (_key, out) => {
    out.fill(0).set(sinCosPositions(dim, side), first * dim);
    return out;
  };
  return {
    name,
    shape: [1, first + side * side, dim],
    layout: "same",
    initial: positions === "sincos" ? fixed : SCHEMES[initial].positions,
    isLearned: positions === "learned",
    isDecayed: false,
  };
}

/**
 * Fixed position embeddings of a square grid (MAE, arXiv 2111.06377, util/pos_embed.py; computed in float64): sines, then
 * cosines of the column in the first half of the values, of the row in the second.
 *
 * @param dim values of an embedding, a multiple of 4 @param side places in a row
 * @returns [side², dim], row-major
 */
export function sinCosPositions(dim: number, side: number): Float32Array {
  const out = new Float32Array(side * side * dim);
  const quarter = dim / 4;
  for (let place = 0; place < side * side; place++)
    for (const [half, at] of [place % side, Math.floor(place / side)].entries())
      for (let i = 0; i < quarter; i++) {
        const angle = at / 10_000 ** (i / quarter);
        const first = place * dim + half * 2 * quarter + i;
        out[first] = Math.sin(angle);
        out[first + quarter] = Math.cos(angle);
      }
  return out;
}

/**
 * Position embeddings of a square grid for a grid of another size.
 *
 * @param grid float32 [side², dim]
 * @returns float32 [rows · columns, dim]
 */
export function positionsAt(grid: tf.Tensor2D, rows: number, columns: number): tf.Tensor2D {
  if (rows * columns !== grid.shape[0]) throw new Error("Not yet.");
  return grid;
}

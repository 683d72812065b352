import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { bicubicGridWeights } from "./bicubic.js";
import type { StoredTensor } from "./safetensors.js";
import type { TransformerInitial } from "./transformer-initials.js";
import { SCHEMES } from "./transformer-schemes.js";
import type { ForwardContext, ParameterSpec } from "./types.js";

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
    fit: (stored, shape) => fitted(stored, shape, first),
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
 * Position embeddings of a square grid for a grid of another size, resampled by bicubicGridWeights in float32 whatever the
 * precision. Differentiable.
 *
 * @param grid float32 [side², dim] @param constants keeps the matrix for the next call
 * @returns float32 [rows · columns, dim]
 */
export function positionsAt(
  grid: tf.Tensor2D,
  rows: number,
  columns: number,
  constants?: ForwardContext["constants"],
): tf.Tensor2D {
  const side = Math.sqrt(grid.shape[0]);
  if (rows === side && columns === side) return grid;
  const name = `positions ${side} to ${rows} by ${columns}`;
  const known = constants?.get(name);
  const weights =
    known ?? tf.tensor2d(bicubicGridWeights(side, rows, columns), [rows * columns, side * side]);
  if (known === undefined) constants?.set(name, tf.keep(weights));
  return ops.matMul32(weights as tf.Tensor2D, grid);
}

/** Position embeddings out of a file with those of another image size: resampled as positionsAt does, the class token's kept. */
function fitted(
  stored: StoredTensor,
  [, places = 0, dim = 0]: readonly number[],
  first: number,
): StoredTensor {
  const [side, to] = [stored.shape[1] as number, places].map((count) => Math.sqrt(count - first)) as [
    number,
    number,
  ];
  const isGrid = stored.shape.length === 3 && stored.shape[0] === 1 && Number.isInteger(side) && side > 0;
  if (!isGrid || stored.shape[2] !== dim)
    throw new SslMemError(
      "DATA",
      `Expected position embeddings of a square of patches, [1, ${first === 0 ? "n²" : "1 + n²"}, ${dim}], but received [${stored.shape.join(", ")}].`,
      "--arch names the architecture; --no-class-token is for one without a class token",
    );
  const weights = bicubicGridWeights(side, to, to);
  const data = new Float32Array(places * dim);
  data.set(stored.data.subarray(0, first * dim));
  for (let place = 0; place < to * to; place++)
    for (let unit = 0; unit < dim; unit++) {
      let sum = 0;
      for (let from = 0; from < side * side; from++)
        sum +=
          (weights[place * side * side + from] as number) *
          (stored.data[(first + from) * dim + unit] as number);
      data[(first + place) * dim + unit] = sum;
    }
  return { shape: [1, places, dim], data };
}

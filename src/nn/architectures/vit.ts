import { append } from "../../arrays.js";
import * as tf from "../../engine/tf.js";
import { SslMemError } from "../../errors.js";
import { weight } from "../layers.js";
import { block, blockSpecs, layerNorm, layerNormSpecs, rowsAt, sinCosPositions } from "../transformer.js";
import { SCHEMES, type TransformerInitial } from "../transformer-initial.js";
import type { Architecture, ForwardContext, ImageShape, Network, ParameterSpec } from "../types.js";

/** Sizes of the published models: length of a token, heads, blocks (Touvron et al. 2021, arXiv 2012.12877, table 1). */
const SIZES = {
  tiny: { dim: 192, heads: 3, blocks: 12 },
  small: { dim: 384, heads: 6, blocks: 12 },
  base: { dim: 768, heads: 12, blocks: 12 },
} as const;
const PATCHES = [2, 4, 8, 14, 16] as const;

/** What may be otherwise in one architecture. */
export interface VitOptions {
  /** Position embeddings that are learned, or MAE's fixed sines and cosines. Default learned. */
  readonly positions?: "learned" | "sincos";
  /** Whether a class token stands before the patches' tokens. Default true. */
  readonly classToken?: boolean;
  /** Whose initial values. Default timm. */
  readonly initial?: TransformerInitial;
}

interface Shape {
  readonly name: string;
  /** Side of a patch, pixels. */
  readonly patch: number;
  readonly dim: number;
  readonly heads: number;
  readonly blocks: number;
}

/** The registered vision transformers: every size with every patch. */
export const VITS: readonly Architecture[] = Object.entries(SIZES).flatMap(([size, shape]) =>
  PATCHES.map((patch) => vit({ name: `vit-${size}-${patch}`, patch, ...shape })),
);

/**
 * Vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) with timm's parameter names: pre-norm blocks, layer
 * normalisation with 1e-6, exact GELU, one matrix for queries, keys and values, a class token. A patch is a row of its pixels, so
 * that the convolution of the patches, whose filter files hold, is one product. Its layers are each block's two sums, after
 * attention and after the MLP. Pooled are the class token after the last normalisation, or where there is none the mean of all
 * tokens; scored are all tokens, as in the papers' code.
 */
export function vit(shape: Shape, options: VitOptions = {}): Architecture {
  const { name, patch } = shape;
  return {
    name,
    summary: `vision transformer of ${shape.blocks} blocks, tokens of ${shape.dim} values (${shape.heads} heads), patches of ${patch}×${patch} pixels`,
    minimumImageSize: Math.max(8, patch),
    network(image) {
      const side = image.size / patch;
      if (Number.isInteger(side)) return networkOf(shape, options, image, side);
      throw new SslMemError(
        "USAGE",
        `Expected an image size that is a multiple of ${patch} for ${name} but received ${image.size}.`,
        `--image-size ${Math.max(1, Math.round(side)) * patch}, or another --arch`,
      );
    },
  };
}

function networkOf(shape: Shape, options: VitOptions, image: ImageShape, side: number): Network {
  const { patch, dim, heads, blocks } = shape;
  const { classToken = true } = options;
  const names = Array.from({ length: blocks }, (_, i) => `blocks.${i}`);
  return {
    image,
    dim,
    tokens: { classToken, patch },
    scored: "all",
    layers: names.flatMap((block) => [`${block}.attn`, `${block}.mlp`]),
    parameters: specsOf(shape, options, side, names),
    activations({ height, width }) {
      const tokens = (height / patch) * (width / patch) + (classToken ? 1 : 0);
      return tokens * blocks * 36 * dim;
    },
    forward(x, context) {
      let y = embed(x, context, { patch, dim, classToken });
      for (const name of names) y = block(y, name, heads, context);
      const tokens = layerNorm(y, "norm", context);
      const first = tf.slice(tokens, [0, 0, 0], [-1, 1, -1]);
      const pooled = classToken ? tf.reshape(first, [-1, dim]) : tf.mean(tokens, 1);
      return { pooled: pooled as tf.Tensor2D, tokens };
    },
  };
}

function specsOf(
  { patch, dim }: Shape,
  { positions = "learned", classToken = true, initial = "timm" }: VitOptions,
  side: number,
  blocks: readonly string[],
): ParameterSpec[] {
  const scheme = SCHEMES[initial];
  const inputs = patch * patch * 3;
  const begin = scheme.patch(inputs, dim);
  const first = classToken ? 1 : 0;
  const common = { layout: "same", isLearned: true, isDecayed: false } as const;
  const fixed: ParameterSpec["initial"] = (_key, out) => {
    out.fill(0).set(sinCosPositions(dim, side), first * dim);
    return out;
  };
  const specs: ParameterSpec[] = [
    ...(classToken ? [{ ...common, name: "cls_token", shape: [1, 1, dim], initial: scheme.classToken }] : []),
    {
      ...common,
      name: "pos_embed",
      shape: [1, first + side * side, dim],
      initial: positions === "sincos" ? fixed : scheme.positions,
      isLearned: positions === "learned",
    },
    {
      name: "patch_embed.proj.weight",
      shape: [patch, patch, 3, dim],
      layout: "filter",
      initial: begin.weight,
      isLearned: true,
      isDecayed: true,
    },
    { ...common, name: "patch_embed.proj.bias", shape: [dim], initial: begin.bias },
  ];
  for (const [i, name] of blocks.entries()) append(specs, blockSpecs(name, { dim, depth: i + 1, initial }));
  return [...specs, ...layerNormSpecs("norm", dim)];
}

/** Tokens of the patches that are looked at, with their positions; the class token before them. */
function embed(
  x: tf.Tensor4D,
  context: ForwardContext,
  { patch, dim, classToken }: { patch: number; dim: number; classToken: boolean },
): tf.Tensor3D {
  const { keep } = context;
  const [n, height, width] = x.shape;
  const [rows, columns] = [height / patch, width / patch];
  const cut = tf.transpose(tf.reshape(x, [n, rows, patch, columns, patch * 3]), [0, 1, 3, 2, 4]);
  const pixels: tf.Tensor3D = tf.reshape(cut, [n, rows * columns, patch * patch * 3]);
  // Hidden patches are left out before anything is computed of them.
  const seen = keep === undefined ? pixels : rowsAt(pixels, keep);
  const filter = tf.reshape(weight(context, "patch_embed.proj.weight"), [
    patch * patch * 3,
    dim,
  ]) as tf.Tensor2D;
  const flat = tf.matMul(tf.reshape(seen, [-1, patch * patch * 3]) as tf.Tensor2D, filter);
  const tokens = tf.reshape(tf.add(flat, weight(context, "patch_embed.proj.bias")), [n, -1, dim]);
  const positions = tf.reshape(weight(context, "pos_embed"), [-1, dim]) as tf.Tensor2D;
  const places = classToken ? tf.slice(positions, [1, 0], [-1, -1]) : positions;
  const placed: tf.Tensor3D = tf.add(tokens, keep === undefined ? places : rowsAt(places, keep));
  if (!classToken) return placed;
  const first = tf.add(weight(context, "cls_token"), tf.slice(positions, [0, 0], [1, -1]));
  // A sum with zeros repeats it for every image: the gradient of tile is taken image by image.
  return tf.concat([tf.add(tf.zeros([n, 1, dim]), first) as tf.Tensor3D, placed], 1);
}

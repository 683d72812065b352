import { append } from "../../arrays.js";
import type * as Tf from "../../engine/tf.js";
import { SslMemError } from "../../errors.js";
import { oneOf, real, toggle } from "../../settings/kinds.js";
import { setting, type ValuesOf } from "../../settings/setting.js";
import { architecture } from "../architecture.js";
import type { Kit } from "../kit.js";
import { TRANSFORMER_INITIALS } from "../transformer-initials.js";
import type { ForwardContext, ImageShape, Network, ParameterSpec } from "../types.js";

/** Sizes of the published models: length of a token, heads, blocks (Touvron et al. 2021, arXiv 2012.12877, table 1). */
const SIZES = {
  tiny: { dim: 192, heads: 3, blocks: 12 },
  small: { dim: 384, heads: 6, blocks: 12 },
  base: { dim: 768, heads: 12, blocks: 12 },
} as const;
const PATCHES = [2, 4, 8, 14, 16] as const;

/**
 * Values that a block keeps of each value of a token: two normalisations, queries, keys, values, attention, its product, the MLP's
 * hidden layer before and after GELU, its product, two sums. As the torch engine has them; without fused kernels there are more.
 */
const BLOCK_OUTPUTS = 18;

const settings = {
  positions: setting({
    kind: oneOf(["learned", "sincos"]),
    default: "learned",
    describe: "Position embeddings: learned, or fixed sines and cosines (MAE, I-JEPA)",
    group: "Model",
    step: "train",
  }),
  classToken: setting({
    kind: toggle(),
    default: true,
    describe:
      "A class token before the patches' tokens; without it the mean of all tokens is what it would be",
    group: "Model",
    step: "train",
  }),
  initial: setting({
    kind: oneOf(TRANSFORMER_INITIALS),
    default: "timm",
    describe: "Whose initial values a transformer has",
    group: "Model",
    step: "train",
    trainingOnly: true,
  }),
  dropPath: setting({
    kind: real(0, 0.9),
    default: 0,
    describe:
      "Stochastic depth: how often an image goes around a branch of the last block; the first has none, linear between",
    group: "Model",
    step: "train",
    trainingOnly: true,
  }),
};
type Values = ValuesOf<typeof settings>;

/** Sizes of one vision transformer. */
export interface VitShape {
  readonly name: string;
  /** Side of a patch, pixels. */
  readonly patch: number;
  /** Length of a token; a multiple of 4 and of `heads`. */
  readonly dim: number;
  readonly heads: number;
  readonly blocks: number;
}

/** The registered vision transformers: every size with every patch. */
export const VITS = Object.entries(SIZES).flatMap(([size, shape]) =>
  PATCHES.map((patch) => vit({ name: `vit-${size}-${patch}`, patch, ...shape })),
);

/**
 * Vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) with timm's parameter names: pre-norm blocks, layer
 * normalisation with 1e-6, exact GELU, one matrix for queries, keys and values, a class token. A patch is a row of its pixels, so
 * that the convolution of the patches, whose filter files hold, is one product. Its layers are each block's two sums, after
 * attention and after the MLP. Pooled are the class token after the last normalisation, or where there is none the mean of all
 * tokens; scored are all tokens, as in the papers' code.
 */
export function vit(shape: VitShape) {
  const { name, patch, dim, heads, blocks } = shape;
  return architecture({
    name,
    summary: `vision transformer: ${blocks} blocks, tokens of ${dim} values (${heads} heads), patches of ${patch}×${patch} pixels`,
    settings,
    minimumImageSize: Math.max(8, patch),
    network(image, values, kit) {
      const side = image.size / patch;
      if (Number.isInteger(side)) return networkOf(shape, values, image, kit);
      throw new SslMemError(
        "USAGE",
        `Expected an image size that is a multiple of ${patch} for ${name} but received ${image.size}.`,
        `--image-size ${Math.max(1, Math.round(side)) * patch}, or another --arch`,
      );
    },
  });
}

function networkOf(shape: VitShape, values: Values, image: ImageShape, kit: Kit): Network {
  const { patch, dim, heads, blocks } = shape;
  const { classToken, dropPath } = values;
  const { tf, transformer } = kit;
  const names = Array.from({ length: blocks }, (_, i) => `blocks.${i}`);
  return {
    image,
    dim,
    tokens: { classToken, patch },
    scored: "all",
    layers: names.flatMap((block) => [`${block}.attn`, `${block}.mlp`]),
    parameters: specsOf(shape, values, image.size / patch, names, kit),
    ...(dropPath > 0 ? { noise: 2 * blocks } : {}),
    activations({ height, width }) {
      const tokens = (height / patch) * (width / patch) + (classToken ? 1 : 0);
      return tokens * dim * (blocks * BLOCK_OUTPUTS + 6);
    },
    forward(x, context) {
      let y = embed(x, context, shape, classToken, kit);
      for (const [i, name] of names.entries()) {
        const rate = (dropPath * i) / Math.max(1, blocks - 1);
        y = transformer.block(y, name, heads, context, { drop: { rate, first: 2 * i } });
      }
      const tokens = transformer.layerNorm(y, "norm", context);
      const first = classToken ? tf.slice(tokens, [0, 0, 0], [-1, 1, -1]) : tf.mean(tokens, 1);
      return { pooled: tf.reshape(first, [-1, dim]), tokens };
    },
  };
}

function specsOf(
  { patch, dim }: VitShape,
  { positions, classToken, initial }: Values,
  side: number,
  blocks: readonly string[],
  { transformer }: Kit,
): ParameterSpec[] {
  const { blockSpecs, layerNormSpecs, patchSpecs, positionSpec, tokenSpec } = transformer;
  const specs = [
    ...(classToken ? [tokenSpec("cls_token", dim, initial)] : []),
    positionSpec("pos_embed", { dim, side, classToken, positions, initial }),
    ...patchSpecs("patch_embed.proj", patch, dim, initial),
  ];
  for (const [i, name] of blocks.entries()) append(specs, blockSpecs(name, { dim, depth: i + 1, initial }));
  return [...specs, ...layerNormSpecs("norm", dim)];
}

/** Tokens of the patches that are looked at, with their positions; the class token before them. */
function embed(
  x: Tf.Tensor4D,
  context: ForwardContext,
  { name, patch, dim }: VitShape,
  classToken: boolean,
  { tf, layers, transformer }: Kit,
): Tf.Tensor3D {
  const { keep } = context;
  const [n, height, width] = x.shape;
  const pixels = transformer.patchRows(x, patch, name);
  const array = (of: string) => layers.weight(context, of) as Tf.Tensor;
  // Hidden patches are left out before anything is computed of them.
  const seen = keep === undefined ? pixels : transformer.rowsAt(pixels, keep);
  const tokens = transformer.patchTokens(seen, "patch_embed.proj", context);
  const positions: Tf.Tensor2D = tf.reshape(array("pos_embed"), [-1, dim]);
  const grid = classToken ? tf.slice(positions, [1, 0], [-1, -1]) : positions;
  const places = transformer.positionsAt(grid, height / patch, width / patch, context.constants);
  const placed: Tf.Tensor3D = tf.add(tokens, keep === undefined ? places : transformer.rowsAt(places, keep));
  if (!classToken) return placed;
  const first = tf.add(array("cls_token"), tf.slice(positions, [0, 0], [1, -1]));
  // A sum with zeros repeats it for every image: the gradient of tile is taken image by image.
  return tf.concat([tf.add(tf.zeros([n, 1, dim]), first) as Tf.Tensor3D, placed], 1);
}

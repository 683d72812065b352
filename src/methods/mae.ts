import type * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import type { Network } from "../nn/types.js";
import { integer, real, toggle } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { drawnOrder, orderOf } from "./drawn-order.js";
import { checkWidth, gridOf } from "./patch-grid.js";
import { method } from "./types.js";

/** Added to the variance of a patch's pixels, as in the authors' code. */
const LEAST_VARIANCE = 1e-6;

/** Patches of an image, and how many of them the encoder sees: int(patches · (1 − ratio)), as the authors' code rounds. */
function patchesOf(network: Network, maskRatio: number) {
  const grid = gridOf(network, "MAE");
  const patches = grid.side ** 2;
  const kept = Math.trunc(patches * (1 - maskRatio));
  if (kept >= 1 && kept < patches) return { ...grid, patches, kept };
  throw new SslMemError(
    "USAGE",
    `Expected a --mask-ratio that hides at least one of ${patches} patches and leaves at least one but received ${maskRatio}.`,
    "--mask-ratio 0.75, smaller patches (--arch), or a larger --image-size",
  );
}

/**
 * Masked autoencoder (He et al. 2022, arXiv 2111.06377; the authors' code facebookresearch/mae): the encoder sees a part of an
 * image's patches, those of the smallest of uniform numbers (section 3, "simple implementation"); a decoder with fixed positions
 * of its own sees their tokens, and one learned token in place of each hidden patch, and paints the pixels of the hidden ones.
 * The loss is the mean square over the pixels of a hidden patch, each patch normalised by its own mean and unbiased standard
 * deviation (`normalizePixels`), and the mean over hidden patches, of which every image has as many. Pixels of a patch are in
 * the order row, column, channel. As in the authors' code class and mask tokens are decayed. Patches stay in the order in which
 * they were drawn, since a decoder treats all places alike but for their positions: nothing is put back in its place, and only
 * hidden patches are painted; the loss is the same.
 *
 * Of the recipes, imagenet is the authors'; cifar has the decoder of SSLMem's experiments (arXiv 2401.12233), 4 blocks as wide as
 * ViT-Tiny, and a tenth of the training as warm-up. Not theirs: their views are whole images without crops. tiny was not tuned.
 */
export const mae = method({
  name: "mae",
  summary: "MAE (He et al. 2022): most patches are hidden, and a decoder paints their pixels",
  settings: {
    maskRatio: setting({
      kind: real(0, 1),
      default: 0.75,
      describe: "Share of the patches that is hidden",
      group: "Training",
      step: "train",
    }),
    decoderDepth: setting({
      kind: integer(1, 100),
      default: 8,
      describe: "Blocks of the decoder",
      group: "Training",
      step: "train",
    }),
    decoderDim: setting({
      kind: integer(4, 65_536),
      default: 512,
      describe: "Length of the decoder's tokens, a multiple of 4 and of --decoder-heads",
      group: "Training",
      step: "train",
    }),
    decoderHeads: setting({
      kind: integer(1, 1024),
      default: 16,
      describe: "Attention heads of the decoder",
      group: "Training",
      step: "train",
    }),
    normalizePixels: setting({
      kind: toggle(),
      default: true,
      describe: "Whether the pixels to be painted are normalised in each patch",
      group: "Training",
      step: "train",
    }),
  },
  defaults: {
    ...{ policy: "mae", optimizer: "adamw", beta2: 0.95, weightDecay: 0.05 },
    ...{ positions: "sincos", initial: "mae" },
  },
  recipes: {
    tiny: { learningRate: 1e-3, warmup: 0.1, decoderDepth: 4, decoderDim: 96, decoderHeads: 3 },
    cifar: {
      ...{ learningRate: 1.5e-4, batchScaling: "linear", warmup: 0.1 },
      ...{ decoderDepth: 4, decoderDim: 192, decoderHeads: 3 },
    },
    imagenet: { learningRate: 1.5e-4, batchScaling: "linear", warmup: 0.05 },
  },
  collapses: false,
  needs: ({ maskRatio }, network) => ({
    views: [{ group: 0, count: 1 }],
    noise: { mask: patchesOf(network, maskRatio).patches },
  }),
  describeNoise: ({ mask }, { maskRatio }, network) => ({
    keep: orderOf(mask as Float32Array).slice(0, patchesOf(network, maskRatio).kept),
  }),
  build({ dim, network }, settings, { tf, ops, layers, transformer }) {
    const { maskRatio, decoderDepth, decoderDim, decoderHeads, normalizePixels } = settings;
    const { patch, side, first, patches, kept } = patchesOf(network, maskRatio);
    checkWidth("decoder", decoderDim, decoderHeads);
    const { rowsAt } = transformer;
    const pixels = patch * patch * 3;
    const blocks = Array.from({ length: decoderDepth }, (_, i) => `head.decoder_blocks.${i}`);
    const initial = "mae";
    return {
      parameters: [
        { ...transformer.tokenSpec("head.mask_token", decoderDim, initial), isDecayed: true },
        transformer.positionSpec("head.decoder_pos_embed", {
          ...{ dim: decoderDim, side, classToken: first === 1, positions: "sincos" },
        }),
        ...transformer.denseSpecs("head.decoder_embed", dim, decoderDim, initial),
        ...blocks.flatMap((name, i) =>
          transformer.blockSpecs(name, { dim: decoderDim, depth: i + 1, initial }),
        ),
        ...transformer.layerNormSpecs("head.decoder_norm", decoderDim),
        ...transformer.denseSpecs("head.decoder_pred", decoderDim, pixels, initial),
      ],
      sampleWise: true,
      rules: [{ matches: ({ name }) => name === "cls_token", decay: (_own, all) => all }],
      loss({ views: [x], noise }, { encode, head }) {
        const order = drawnOrder(noise.mask as tf.Tensor2D, tf);
        const [keep, hidden] = tf.split(order, [kept, patches - kept], 1) as [tf.Tensor2D, tf.Tensor2D];
        const seen = layers.linear(encode(x, { keep }).tokens as tf.Tensor3D, "head.decoder_embed", head);
        const embeddings = layers.weight(head, "head.decoder_pos_embed");
        const positions = tf.reshape(embeddings, [first + patches, decoderDim]) as tf.Tensor2D;
        // Place 0 is the class token's.
        const places = tf.add(order, tf.scalar(first, "int32")) as tf.Tensor2D;
        const all =
          first === 0
            ? places
            : tf.pad(places, [
                [0, 0],
                [first, 0],
              ]);
        const painted = tf.zeros([x.shape[0], patches - kept, decoderDim]);
        const masks = tf.add(painted, layers.weight(head, "head.mask_token"));
        let y = tf.add(tf.concat([seen, masks], 1), rowsAt(positions, all)) as tf.Tensor3D;
        for (const name of blocks) y = transformer.block(y, name, decoderHeads, head);
        const last = tf.slice(y, [0, first + kept, 0], [-1, -1, -1]);
        const normed = transformer.layerNorm(last, "head.decoder_norm", head);
        const predicted = layers.linear32(normed, "head.decoder_pred", head);
        const target = rowsAt(transformer.patchRows(ops.inFloat32(x), patch), hidden);
        return { loss: tf.mean(tf.squaredDifference(predicted, wanted(target))) as tf.Scalar };
      },
    };

    /** What is to be painted. @param rows float32 [n, hidden, pixels] */
    function wanted(rows: tf.Tensor3D): tf.Tensor {
      if (!normalizePixels) return rows;
      const { mean, variance } = tf.moments(rows, -1, true);
      const unbiased = tf.mul(variance, pixels / (pixels - 1));
      return tf.div(tf.sub(rows, mean), tf.sqrt(tf.add(unbiased, LEAST_VARIANCE)));
    }
  },
});

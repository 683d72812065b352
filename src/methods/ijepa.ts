import type * as tf from "../engine/tf.js";
import { integer, real } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { averagedCopy } from "./averaged-copy.js";
import { blocksAt, blocksOf, drawBlocks, numbersOf } from "./ijepa-blocks.js";
import { checkWidth } from "./patch-grid.js";
import { linearBetween } from "./schedules.js";
import { targetMomentum } from "./shared-settings.js";
import { method } from "./types.js";

const TEACHER = "state.teacher.";
/** Added to the variance of a target's values, as torch.nn.functional.layer_norm's eps. */
const LEAST_VARIANCE = 1e-5;

/**
 * I-JEPA (Assran et al. 2023, arXiv 2301.08243; the authors' code facebookresearch/ijepa): of one view without changes of colour
 * the encoder sees the patches of a context; a predictor sees their tokens, and one learned token with its position in place of
 * each patch of a target block, and tells what a teacher that sees all patches makes of them. Targets are normalised over the
 * values of a token without scale and offset, the loss is the smooth L1 (Huber's with threshold 1) as a mean over all values of
 * all blocks, each of which is predicted by itself. The teacher is a moving average of the encoder, whose share falls to 0 by a
 * line; it begins equal, and it is what is scored. Encoder and predictor have fixed positions and no class token; a class token
 * that is asked for is neither predicted nor seen by the predictor. The mask token is decayed. Of the recipes, imagenet has the
 * authors' rates and decay, and the depth and width of their predictor. Not theirs: its heads, which are as many as the encoder's
 * there; a warm-up that begins at a fifth of its peak, here at 0; and learning rate and decay of a step, which are those of
 * the next one there (their schedules count from 1). The others were not tuned.
 *
 * Blocks are not drawn as the authors draw them. Theirs has one size for a batch (15 to 20 % of the patches, aspect .75 to 1.5), the
 * context is a block of 85 to 100 % less the targets, and every context of a batch is cut, from its end, to the shortest one.
 * Here nothing depends on the other images and all steps have the same shapes: all blocks have one size, `targetScale` of the
 * patches with an aspect of about 1.22, and stand or lie; they lie anywhere, where the authors' code never reaches the last row
 * and column; the context are patches of the whole image outside of the blocks, as many as there are where no two blocks overlap
 * (for 14 × 14 patches 76, about as many as the authors' cut leaves), and which are left out is drawn.
 */
export const ijepa = method({
  name: "ijepa",
  summary: "I-JEPA (Assran et al. 2023): a predictor tells a teacher's tokens of hidden blocks",
  settings: {
    targetBlocks: setting({
      kind: integer(1, 64),
      default: 4,
      describe: "Blocks of an image whose tokens are predicted",
      group: "Training",
      step: "train",
    }),
    targetScale: setting({
      kind: real(0, 1, true),
      default: 0.15,
      describe: "Share of the patches in a target block",
      group: "Training",
      step: "train",
    }),
    predictorDepth: setting({
      kind: integer(1, 100),
      default: 12,
      describe: "Blocks of the predictor",
      group: "Training",
      step: "train",
    }),
    predictorDim: setting({
      kind: integer(4, 65_536),
      default: 384,
      describe: "Length of the predictor's tokens, a multiple of 4 and of --predictor-heads",
      group: "Training",
      step: "train",
    }),
    predictorHeads: setting({
      kind: integer(1, 1024),
      default: 12,
      describe: "Attention heads of the predictor",
      group: "Training",
      step: "train",
    }),
    targetMomentum,
  },
  defaults: {
    ...{ policy: "ijepa", optimizer: "adamw", weightDecay: 0.04, targetMomentum: 0.996 },
    ...{ positions: "sincos", classToken: false, initial: "ijepa" },
  },
  recipes: {
    tiny: { learningRate: 1e-3, warmup: 0.1, predictorDepth: 3, predictorDim: 96, predictorHeads: 3 },
    cifar: {
      ...{
        learningRate: 1.25e-4,
        batchScaling: "linear",
        minLearningRate: 1e-6,
        weightDecayEnd: 0.4,
        warmup: 0.1,
      },
      ...{ predictorDepth: 6, predictorDim: 96, predictorHeads: 3 },
    },
    imagenet: {
      ...{
        learningRate: 1.25e-4,
        batchScaling: "linear",
        minLearningRate: 1e-6,
        weightDecayEnd: 0.4,
        warmup: 0.13,
      },
    },
  },
  needs: ({ targetBlocks, targetScale }, network) => ({
    views: [{ group: 0, count: 1 }],
    noise: numbersOf(blocksOf(network, targetBlocks, targetScale)),
  }),
  describeNoise: ({ blocks, context }, { targetBlocks, targetScale }, network) =>
    blocksAt(blocks as Float32Array, context as Float32Array, blocksOf(network, targetBlocks, targetScale)),
  build({ dim, encoder, network }, settings, { tf, ops, layers, transformer }) {
    const { predictorDepth, predictorDim, predictorHeads, targetBlocks, targetScale } = settings;
    const blocks = blocksOf(network, targetBlocks, targetScale);
    checkWidth("predictor", predictorDim, predictorHeads);
    const { side, first, targets: perImage, long, short, kept } = blocks;
    const { rowsAt } = transformer;
    const patches = side * side;
    const names = Array.from({ length: predictorDepth }, (_, i) => `predictor.predictor_blocks.${i}`);
    const initial = "ijepa";
    const copy = averagedCopy({ ops }, TEACHER, encoder);
    /** The tokens of patches. @param tokens float32 [n, first + m, dim] */
    const ofPatches = (tokens: tf.Tensor3D) =>
      first === 0 ? tokens : tf.slice(tokens, [0, first, 0], [-1, -1, -1]);
    return {
      parameters: [
        { ...transformer.tokenSpec("predictor.mask_token", predictorDim, initial), isDecayed: true },
        transformer.positionSpec("predictor.predictor_pos_embed", {
          ...{ dim: predictorDim, side, classToken: false, positions: "sincos" },
        }),
        ...transformer.denseSpecs("predictor.predictor_embed", dim, predictorDim, initial),
        ...names.flatMap((name, i) =>
          transformer.blockSpecs(name, { dim: predictorDim, depth: i + 1, initial }),
        ),
        ...transformer.layerNormSpecs("predictor.predictor_norm", predictorDim),
        ...transformer.denseSpecs("predictor.predictor_proj", predictorDim, dim, initial),
      ],
      sampleWise: true,
      state: copy.state,
      exports: TEACHER,
      schedules: { share: linearBetween(1 - settings.targetMomentum, 0) },
      loss({ views: [x], noise }, { encode, head }) {
        const n = x.shape[0];
        const drawn = drawBlocks(noise.blocks as tf.Tensor2D, noise.context as tf.Tensor2D, blocks, tf);
        const size = long * short;
        const places = tf.reshape(drawn.targets, [n, perImage * size]) as tf.Tensor2D;
        const wanted = ops.withoutGradient(() => {
          const taught = ops.inFloat32(ofPatches(encode(x, { arrays: TEACHER }).tokens as tf.Tensor3D));
          const normed = ops.layerNorm(taught, tf.ones([dim]), tf.zeros([dim]), LEAST_VARIANCE);
          return rowsAt(normed as tf.Tensor3D, places);
        });

        const embeddings = layers.weight(head, "predictor.predictor_pos_embed");
        const positions = tf.reshape(embeddings, [patches, predictorDim]) as tf.Tensor2D;
        const seen = ofPatches(encode(x, { keep: drawn.context }).tokens as tf.Tensor3D);
        const context = tf.add(
          layers.linear(seen, "predictor.predictor_embed", head),
          rowsAt(positions, drawn.context),
        );
        // Each block is predicted by itself, beside the same context: a sum with zeros repeats it.
        const apart = tf.add(tf.zeros([1, perImage, 1, 1]), tf.reshape(context, [n, 1, kept, predictorDim]));
        const asked = tf.add(rowsAt(positions, drawn.targets), layers.weight(head, "predictor.mask_token"));
        const repeated = tf.reshape(apart, [n * perImage, kept, predictorDim]);
        let y = tf.concat([repeated, asked], 1) as tf.Tensor3D;
        for (const name of names) y = transformer.block(y, name, predictorHeads, head);
        const last = tf.slice(y, [0, kept, 0], [-1, -1, -1]);
        const told = layers.linear32(
          transformer.layerNorm(last, "predictor.predictor_norm", head),
          "predictor.predictor_proj",
          head,
        );
        const off = tf.abs(tf.sub(tf.reshape(told, [n, perImage * size, dim]), wanted));
        const near = tf.minimum(off, 1);
        return { loss: tf.mean(tf.mul(near, tf.sub(off, tf.mul(near, 0.5)))) as tf.Scalar };
      },
      after: ({ head }, _carry, { share = 0 }) => copy.update(head, share),
    };
  },
});

import type * as Tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import { real } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { threeLayers } from "./projector.js";
import { projectorDim, projectorHidden } from "./shared-settings.js";
import { checkSeveral, twoViews } from "./two-views.js";
import { method } from "./types.js";

/** Mean correlation of two views' components below which nothing of the images is in them. */
const UNRELATED = 0.05;

/**
 * The two sums of Barlow Twins' loss over the cross-correlation of two views (equations 1 and 2).
 *
 * @param z1, z2 float32 [n, D], each normalised over the batch
 * @returns diagonal: Σ (c_ii − 1)²; others: Σ_{i≠j} c_ij²; correlation: mean of c_ii
 */
export function correlationTerms(
  { tf, ops }: Pick<Kit, "tf" | "ops">,
  z1: Tf.Tensor2D,
  z2: Tf.Tensor2D,
): Record<"diagonal" | "others" | "correlation", Tf.Scalar> {
  const [rows] = z1.shape;
  const all = tf.div(ops.matMul32(z1, z2, true), rows);
  const own = tf.div(tf.sum(tf.mul(z1, z2), 0), rows);
  return {
    diagonal: tf.sum(tf.square(tf.sub(own, 1))) as Tf.Scalar,
    others: tf.sub(tf.sum(tf.square(all)), tf.sum(tf.square(own))) as Tf.Scalar,
    correlation: tf.mean(own) as Tf.Scalar,
  };
}

/**
 * Barlow Twins (Zbontar et al. 2021, arXiv 2103.03230, equations 1 and 2; the authors' code facebookresearch/barlowtwins): two
 * views of each image, each normalised by its own batch statistics; a projector of three layers without biases; its outputs,
 * normalised over the images (biased variance, 10⁻⁵, no scale or offset, images of all processes together), should correlate
 * between the views component by component and not otherwise: Σ (c_ii − 1)² + λ Σ_{i≠j} c_ij² with c over the number of images.
 * The size of such a sum goes together with the optimiser: LARS takes it away from weights, and the authors give biases and
 * normalisations a rate of their own (imagenet recipe). The cifar recipe is solo-learn's, which takes a tenth of the loss
 * (`--loss-scale`) instead. The tiny one is ours: AdamW and a small head, since SGD hardly moved the loss in some hundred steps.
 */
export const barlowTwins = method({
  name: "barlow-twins",
  summary: "Barlow Twins (Zbontar et al. 2021): two views, cross-correlation as the identity",
  settings: {
    projectorHidden,
    projectorDim,
    redundancyWeight: setting({
      kind: real(0, 1e6),
      default: 0.0051,
      describe: "Weight of correlations between different components in Barlow Twins' loss",
      group: "Training",
      step: "train",
    }),
    lossScale: setting({
      kind: real(0, 1e6, true),
      default: 1,
      describe: "Factor of the whole loss",
      group: "Training",
      step: "train",
    }),
    biasRate: setting({
      kind: real(0, 100),
      default: 1,
      describe: "Learning rate of biases and normalisations, as a share of that of weights",
      group: "Training",
      step: "train",
    }),
  },
  defaults: { policy: "asym", momentum: 0.9 },
  recipes: {
    tiny: {
      optimizer: "adamw",
      learningRate: 1e-3,
      lossScale: 0.1,
      weightDecay: 5e-4,
      warmup: 0.05,
      projectorHidden: 256,
      projectorDim: 128,
    },
    cifar: {
      optimizer: "lars",
      larsForm: "solo",
      larsTrust: 0.02,
      larsClip: true,
      learningRate: 0.6,
      lossScale: 0.1,
      weightDecay: 1e-4,
      warmup: 0.02,
      projectorHidden: 2048,
      projectorDim: 2048,
    },
    imagenet: {
      optimizer: "lars",
      larsForm: "later",
      learningRate: 0.2,
      batchScaling: "linear",
      minLearningRate: 0.0004,
      biasRate: 0.024,
      weightDecay: 1e-6,
      warmup: "10ep",
      zeroInitResidual: true,
      projectorHidden: 8192,
      projectorDim: 8192,
    },
  },
  metrics: {
    correlation: "mean correlation of a component between the views: 1 is the aim, 0 has learned nothing",
    redundancy: "root mean square of the other correlations: 0 is the aim",
  },
  collapse: ({ metrics: { correlation } }) =>
    correlation !== undefined && correlation < UNRELATED
      ? `two views of an image have hardly anything in common: their components correlate by ${correlation.toPrecision(2)}, where 1 is the aim`
      : null,
  needs: (_settings, _network, policy) => twoViews(policy),
  build({ dim, batch, collective }, settings, kit) {
    const { projectorHidden, projectorDim, redundancyWeight, lossScale, biasRate } = settings;
    checkSeveral(batch, "Barlow Twins, which correlates over images");
    const { tf, ops, layers } = kit;
    const { parameters, project } = threeLayers(kit, [dim, projectorHidden ?? dim, projectorDim], false);
    const pairs = Math.max(1, projectorDim * (projectorDim - 1));
    return {
      parameters: [...parameters, ...layers.normSpecs("projector.7", projectorDim, false)],
      rules: [{ matches: ({ isDecayed }) => !isDecayed, rate: (scheduled) => scheduled * biasRate }],
      loss({ views }, { encode, head }) {
        const normalised = views.map((x) => {
          const z = ops.inFloat32(project(encode(x).pooled, head));
          return layers.norm(collective.gather(z), "projector.7", head, false);
        });
        const [z1, z2] = normalised as [Tf.Tensor2D, Tf.Tensor2D];
        const { diagonal, others, correlation } = correlationTerms(kit, z1, z2);
        const loss = tf.mul(tf.add(diagonal, tf.mul(others, redundancyWeight)), lossScale) as Tf.Scalar;
        const redundancy = tf.sqrt(tf.div(tf.relu(others), pairs)) as Tf.Scalar;
        return { loss, metrics: { correlation, redundancy } };
      },
    };
  },
});

import type * as Tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import { real } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { threeLayers } from "./projector.js";
import { projectorDim, projectorHidden } from "./shared-settings.js";
import { checkSeveral, twoViews } from "./two-views.js";
import { method } from "./types.js";

/** Added to a variance before its root is taken. */
const EPSILON = 1e-4;
/** What components lack of a standard deviation of 1, above which nothing of the images is left in them; at a single point it is 0.99. */
const COLLAPSED = 0.9;

const weight = (of: string, value: number) =>
  setting({
    kind: real(0, 1e6),
    default: value,
    describe: `Weight of ${of} in VICReg's loss`,
    group: "Training",
    step: "train",
  });

/**
 * What VICReg says of one view's embeddings (equations 1 to 4).
 *
 * @param z float32 [n, D], n >= 2
 * @returns variance: mean over components of max(0, 1 − √(variance + 10⁻⁴)); covariance: sum of the squared covariances of two
 *   different components over D. Variances and covariances are over n − 1
 */
export function spreadTerms(
  { tf, ops }: Pick<Kit, "tf" | "ops">,
  z: Tf.Tensor2D,
): Record<"variance" | "covariance", Tf.Scalar> {
  const [rows, dim] = z.shape;
  const centred = tf.sub(z, tf.mean(z, 0)) as Tf.Tensor2D;
  const variances = tf.div(tf.sum(tf.square(centred), 0), rows - 1);
  const deviations = tf.sqrt(tf.add(variances, EPSILON));
  const covariances = tf.div(ops.matMul32(centred, centred, true), rows - 1);
  const others = tf.sub(tf.sum(tf.square(covariances)), tf.sum(tf.square(variances)));
  return {
    variance: tf.mean(tf.relu(tf.sub(1, deviations))) as Tf.Scalar,
    covariance: tf.div(others, dim) as Tf.Scalar,
  };
}

/**
 * VICReg (Bardes et al. 2022, arXiv 2105.04906, equations 1 to 6; the authors' code facebookresearch/vicreg): two views of each
 * image, each normalised by its own batch statistics, an expander of three layers; the views' embeddings should agree
 * (invariance), each component should vary (variance), and no two should vary together (covariance). Where code and paper
 * differ the code is followed: the invariance is a mean over images and components (the paper's over images), the variance
 * term is the mean of the two views' (the paper's their sum). The covariance term is their sum, as in both. Rows of all
 * processes are gathered for variance and covariance. The cifar recipe is solo-learn's, on the authors' views (solo-learn's are
 * alike, crops of 20 to 100 %, solarised with p = .1); the tiny one is ours: AdamW and a small expander, since with SGD the loss
 * hardly fell in some hundred steps. The imagenet recipe has the authors' rate for each 256 images and their warm-up of ten epochs;
 * the floor is a thousandth of the peak for a batch of 512.
 */
export const vicreg = method({
  name: "vicreg",
  summary: "VICReg (Bardes et al. 2022): two views; variance, invariance, covariance",
  settings: {
    projectorHidden,
    projectorDim,
    invarianceWeight: weight("invariance", 25),
    varianceWeight: weight("variance", 25),
    covarianceWeight: weight("covariance", 1),
  },
  defaults: { policy: "asym", momentum: 0.9 },
  recipes: {
    tiny: {
      optimizer: "adamw",
      learningRate: 1e-3,
      weightDecay: 1e-4,
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
      weightDecay: 1e-6,
      warmup: "10ep",
      zeroInitResidual: true,
      projectorHidden: 8192,
      projectorDim: 8192,
    },
  },
  metrics: {
    invariance: "mean squared distance of two views' components: 0 is the aim",
    variance: "how much of a standard deviation of 1 components lack: 0 is healthy, near 1 collapsed",
    covariance: "squared covariances of components: 0 is the aim, but with variance near 1 it means collapse",
  },
  collapse: ({ metrics: { variance } }) =>
    variance !== undefined && variance > COLLAPSED
      ? `embeddings hardly vary over the images: their components lack ${variance.toPrecision(2)} of a standard deviation of 1`
      : null,
  needs: (_settings, _network, policy) => twoViews(policy),
  build({ dim, batch, collective }, settings, kit) {
    const { projectorHidden, projectorDim, invarianceWeight, varianceWeight, covarianceWeight } = settings;
    checkSeveral(batch, "VICReg, which is made of variances over images");
    const { tf, ops } = kit;
    const { parameters, project } = threeLayers(kit, [dim, projectorHidden ?? dim, projectorDim], true);
    return {
      parameters,
      loss({ views }, { encode, head }) {
        const own = views.map((x) => ops.inFloat32(project(encode(x).pooled, head)));
        const [z1, z2] = own as [Tf.Tensor2D, Tf.Tensor2D];
        const invariance = tf.mean(tf.squaredDifference(z1, z2)) as Tf.Scalar;
        const [a, b] = [spreadTerms(kit, collective.gather(z1)), spreadTerms(kit, collective.gather(z2))];
        const variance = tf.div(tf.add(a.variance, b.variance), 2) as Tf.Scalar;
        const covariance = tf.add(a.covariance, b.covariance) as Tf.Scalar;
        const loss = tf.addN([
          tf.mul(invariance, invarianceWeight),
          tf.mul(variance, varianceWeight),
          tf.mul(covariance, covarianceWeight),
        ]) as Tf.Scalar;
        return { loss, metrics: { invariance, variance, covariance } };
      },
    };
  },
});

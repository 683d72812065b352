import type * as tf from "../engine/tf.js";
import { threeLayers } from "./projector.js";
import { predictorHidden, projectorDim, projectorHidden } from "./shared-settings.js";
import { checkSeveral, twoViews } from "./two-views.js";
import { method } from "./types.js";

/** Least norm that a vector is divided by, as torch.nn.CosineSimilarity's eps. */
const LEAST = 1e-8;
/** Spread of the projections below which nothing of the images is left in them; the paper's collapse is at 0 (figure 2). */
const COLLAPSED = 0.05;

/**
 * SimSiam (Chen and He 2020, arXiv 2011.10566, equations 1 and 2; the authors' code facebookresearch/simsiam): two views of
 * each image, each normalised by its own batch statistics; a projector of three layers with batch normalisation, the last
 * one without scale and offset; a predictor of two layers, whose learning rate stays constant; half the sum of the negative
 * cosines between a view's prediction and the other view's projection, through which no gradient flows. As in the authors'
 * code everything is decayed, biases and normalisations too. The imagenet
 * recipe begins with residual branches of zero. Not theirs: for CIFAR the projector has three layers, too (theirs two), and the
 * cosine falls by step, not by epoch.
 */
export const simsiam = method({
  name: "simsiam",
  summary: "SimSiam (Chen and He 2020): two views, a predictor, a stopped gradient",
  settings: {
    projectorHidden,
    projectorDim,
    predictorHidden,
  },
  defaults: { policy: "moco", optimizer: "sgd", momentum: 0.9, warmup: 0 },
  recipes: {
    tiny: { learningRate: 0.03, weightDecay: 5e-4, projectorDim: 256, predictorHidden: 64 },
    cifar: { learningRate: 0.06, weightDecay: 5e-4, projectorDim: 2048, predictorHidden: 512 },
    imagenet: {
      learningRate: 0.1,
      weightDecay: 1e-4,
      zeroInitResidual: true,
      projectorDim: 2048,
      predictorHidden: 512,
    },
  },
  metrics: {
    projectionSpread:
      "standard deviation of the normalised projections over the batch, times √d: 1 is healthy, 0 collapsed",
  },
  collapse: ({ metrics: { projectionSpread: spread } }) =>
    spread !== undefined && spread < COLLAPSED
      ? `different images have nearly the same projection: their spread is ${spread.toPrecision(2)}, where 1 is healthy`
      : null,
  needs: (_settings, _network, policy) => twoViews(policy),
  build({ dim, batch }, { projectorHidden, projectorDim, predictorHidden }, kit) {
    checkSeveral(batch, "SimSiam, whose heads normalise over images");
    const { tf, ops, layers } = kit;
    const { linearSpecs, normSpecs, linear, norm } = layers;
    const projector = threeLayers(kit, [dim, projectorHidden ?? dim, projectorDim], false);
    const unit = (x: tf.Tensor2D) => ops.unitRows(ops.inFloat32(x), LEAST);
    return {
      parameters: [
        ...projector.parameters,
        ...normSpecs("projector.7", projectorDim, false),
        ...linearSpecs("predictor.0", projectorDim, predictorHidden, false),
        ...normSpecs("predictor.1", predictorHidden),
        ...linearSpecs("predictor.3", predictorHidden, projectorDim),
      ],
      sampleWise: true,
      rules: [
        {
          matches: ({ name }) => name.startsWith("predictor."),
          rate: (_scheduled, peak) => peak,
          decay: (_own, all) => all,
        },
        { matches: () => true, decay: (_own, all) => all },
      ],
      loss({ views }, { encode, head }) {
        const project = (x: tf.Tensor4D): tf.Tensor2D =>
          norm(projector.project(encode(x).pooled, head), "projector.7", head, false);
        const predict = (z: tf.Tensor2D): tf.Tensor2D =>
          linear(ops.relu(norm(linear(z, "predictor.0", head), "predictor.1", head)), "predictor.3", head);
        const [z1, z2] = views.map(project) as [tf.Tensor2D, tf.Tensor2D];
        const cosine = (p: tf.Tensor2D, z: tf.Tensor2D) =>
          tf.mean(tf.sum(tf.mul(unit(p), ops.stopGradient(unit(z))), 1));
        const loss = tf.mul(tf.add(cosine(predict(z1), z2), cosine(predict(z2), z1)), -0.5) as tf.Scalar;
        const { variance } = tf.moments(unit(z1), 0);
        const spread = tf.mul(tf.mean(tf.sqrt(variance)), Math.sqrt(projectorDim)) as tf.Scalar;
        return { loss, metrics: { projectionSpread: spread } };
      },
    };
  },
});

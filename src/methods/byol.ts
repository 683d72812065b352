import type * as tf from "../engine/tf.js";
import { averagedCopy } from "./averaged-copy.js";
import { cosineBetween } from "./schedules.js";
import { predictorHidden, projectorDim, projectorHidden, targetMomentum } from "./shared-settings.js";
import { checkSeveral, twoViews } from "./two-views.js";
import { method } from "./types.js";

const TARGET = "state.target.";
/** Least norm that a vector is divided by: squares below 1e-12 count as 1e-12. */
const LEAST = 1e-6;

/**
 * BYOL (Grill et al. 2020, arXiv 2006.07733, equation 2; the authors' code deepmind-research/byol): an online network predicts
 * what a target network makes of the other view; the target's parameters are a moving average of the online ones, whose share
 * falls to 0 along a cosine. Each view has batch statistics of its own, and the target normalises by its own batches; running
 * statistics are never averaged. As in the authors' code the target starts from another draw of initial values. The online
 * encoder is what is scored. Not the authors': initial values are PyTorch's, where Haiku's are truncated normal; running
 * variances are unbiased; brightness is a factor in views; SGD for small data, with lightly's numbers for CIFAR. The imagenet recipe is
 * the authors' for 300 epochs.
 */
export const byol = method({
  name: "byol",
  summary: "BYOL (Grill et al. 2020): two views, a predictor, a target that averages",
  settings: {
    projectorHidden,
    projectorDim,
    predictorHidden,
    targetMomentum,
  },
  defaults: { policy: "asym", optimizer: "sgd", momentum: 0.9, weightDecay: 5e-4, warmup: 0.05 },
  recipes: {
    tiny: { learningRate: 0.05, projectorHidden: 256, projectorDim: 64, predictorHidden: 256 },
    cifar: { learningRate: 0.24, projectorHidden: 1024, projectorDim: 256, predictorHidden: 1024 },
    imagenet: {
      optimizer: "lars",
      larsForm: "later",
      learningRate: 0.3,
      batchScaling: "linear",
      weightDecay: 1e-6,
      warmup: "10ep",
      zeroInitResidual: true,
      projectorHidden: 4096,
      projectorDim: 256,
      predictorHidden: 4096,
    },
  },
  needs: (_settings, _network, policy) => twoViews(policy),
  build({ dim, encoder, batch }, settings, kit) {
    checkSeveral(batch, "BYOL, whose heads normalise over images");
    const { tf, ops, layers } = kit;
    const { linear, norm } = layers;
    const hidden = settings.projectorHidden ?? dim;
    const specs = (name: string, inputs: number, width: number) => [
      ...layers.linearSpecs(`${name}.0`, inputs, width),
      ...layers.normSpecs(`${name}.1`, width),
      ...layers.linearSpecs(`${name}.3`, width, settings.projectorDim, false),
    ];
    const projector = specs("projector", dim, hidden);
    const copy = averagedCopy(kit, TARGET, [...encoder, ...projector], { copies: false });
    const unit = (x: tf.Tensor2D) => ops.unitRows(ops.inFloat32(x), LEAST);
    return {
      parameters: [...projector, ...specs("predictor", settings.projectorDim, settings.predictorHidden)],
      sampleWise: true,
      state: copy.state,
      schedules: { share: cosineBetween(1 - settings.targetMomentum, 0) },
      loss({ views }, { encode, head }) {
        const through = (x: tf.Tensor2D, name: string) =>
          linear(ops.relu(norm(linear(x, `${name}.0`, head), `${name}.1`, head)), `${name}.3`, head);
        const online = views.map((x) => unit(through(through(encode(x).pooled, "projector"), "predictor")));
        const target = views.map((x) =>
          ops.withoutGradient(() =>
            unit(through(encode(x, { arrays: TARGET }).pooled, `${TARGET}projector`)),
          ),
        );
        const distance = (a: number, b: number) =>
          tf.sum(tf.squaredDifference(online[a] as tf.Tensor, target[b] as tf.Tensor), 1);
        return { loss: tf.mean(tf.add(distance(0, 1), distance(1, 0))) as tf.Scalar };
      },
      after: ({ head }, _carry, { share = 0 }) => copy.update(head, share),
    };
  },
});

import type * as Tf from "../engine/tf.js";
import { method } from "./types.js";

/**
 * Supervised training, which the papers compare self-supervised encoders with: one augmented view of each image, a linear
 * classifier on the representation, cross entropy. As torchvision's reference training for classification, without label
 * smoothing, with a cosine for its steps of the learning rate, and on SimCLR's views, so that the two differ by what they learn from.
 */
export const supervised = method({
  name: "supervised",
  summary: "supervised: one view, a linear classifier, cross entropy; needs labels",
  settings: {},
  defaults: { policy: "simclr", optimizer: "sgd", momentum: 0.9, weightDecay: 1e-4 },
  recipes: {
    tiny: { learningRate: 0.05, warmup: 0.05 },
    cifar: { learningRate: 0.1, warmup: 0.05 },
    imagenet: { learningRate: 0.2, warmup: 0.05 },
  },
  metrics: { accuracy: "how often the class of a view is the most probable one" },
  labels: true,
  needs: () => ({ views: [{ group: 0, count: 1 }] }),
  build: ({ dim, classes }, _settings, { tf, layers }) => ({
    parameters: layers.linearSpecs("head.fc", dim, classes),
    sampleWise: true,
    loss({ views: [views], labels }, { encode, head }) {
      const logits = layers.linear(encode(views).pooled, "head.fc", head);
      const right = tf.oneHot(labels, classes);
      const loss: Tf.Scalar = tf.mean(tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(logits, right), 1)));
      const hits = tf.equal(tf.argMax(logits, 1), labels);
      return { loss, metrics: { accuracy: tf.mean(tf.cast(hits, "float32")) } };
    },
  }),
});

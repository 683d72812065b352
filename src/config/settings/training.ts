import { integer, oneOf, orNull, real, text, toggle } from "../kinds.js";
import { setting } from "../setting.js";

/** The encoder and what it is shown. */
export const modelSettings = {
  arch: setting({
    kind: text("an architecture"),
    default: "resnet18-cifar",
    describe: "Architecture of the encoder",
    group: "Model",
    step: "train",
    registry: "architectures",
  }),
  policy: setting({
    kind: text("an augmentation policy"),
    default: "simclr",
    describe: "Augmentation policy, in training and, unless --score-policy says otherwise, in scoring",
    group: "Model",
    step: "train",
    registry: "policies",
  }),
  imageSize: setting({
    kind: integer(8, 1024),
    default: 32,
    describe: "Side of the views that the encoder sees, in pixels",
    group: "Model",
    step: "train",
  }),
};

/** How f and g are trained. */
export const trainingSettings = {
  method: setting({
    kind: text("a method"),
    default: "simclr",
    describe: "Self-supervised method",
    group: "Training",
    step: "train",
    registry: "methods",
  }),
  epochs: setting({
    kind: integer(1, 1_000_000),
    default: 200,
    describe: "Passes over the training images",
    group: "Training",
    step: "train",
  }),
  batch: setting({
    kind: integer(2, 65_536),
    default: 256,
    describe: "Images per step (each gives the views that the method needs)",
    group: "Training",
    step: "train",
  }),
  optimizer: setting({
    kind: oneOf(["sgd", "adamw"]),
    default: "sgd",
    describe: "Optimiser; sgd has momentum",
    group: "Training",
    step: "train",
  }),
  learningRate: setting({
    kind: real(0, 100, true),
    default: 0.3,
    describe: "Peak learning rate, reached after the warm-up, then cosine to 0",
    group: "Training",
    step: "train",
    alias: "lr",
  }),
  momentum: setting({
    kind: real(0, 0.9999),
    default: 0.9,
    describe: "Momentum of sgd",
    group: "Training",
    step: "train",
  }),
  weightDecay: setting({
    kind: real(0, 1),
    default: 1e-4,
    describe: "Weight decay; biases and normalisation are left out",
    group: "Training",
    step: "train",
  }),
  warmup: setting({
    kind: real(0, 0.9),
    default: 0.05,
    describe: "Warm-up, as a share of all steps",
    group: "Training",
    step: "train",
  }),
  temperature: setting({
    kind: real(0, 100, true),
    default: 0.5,
    describe: "Temperature of the contrastive loss",
    group: "Training",
    step: "train",
  }),
  projectorHidden: setting({
    kind: orNull(integer(1, 65_536), "encoder"),
    default: null,
    describe: "Width of the projector's hidden layer; encoder: that of the representation",
    group: "Training",
    step: "train",
  }),
  projectorDim: setting({
    kind: integer(1, 65_536),
    default: 128,
    describe: "Length of the projection",
    group: "Training",
    step: "train",
  }),
  projectorNorm: setting({
    kind: toggle(),
    default: false,
    describe: "Batch-normalise the projector's hidden layer",
    group: "Training",
    step: "train",
  }),
  seed: setting({
    kind: integer(0),
    default: 0,
    describe: "Seed of initialisation, order and views; pair p uses seed + p",
    group: "Training",
    step: "train",
  }),
  pairs: setting({
    kind: integer(1, 1000),
    default: 1,
    describe: "Encoder pairs f, g to train; scores are averaged over them",
    group: "Training",
    step: "train",
  }),
  pairSeeds: setting({
    kind: oneOf(["same", "independent"]),
    default: "same",
    describe: "Whether f and g of a pair share initialisation and augmentation seeds",
    group: "Training",
    step: "train",
  }),
  checkpointMinutes: setting({
    kind: real(0, 10_000, true),
    default: 5,
    describe: "Minutes between two checkpoints",
    group: "Training",
    step: null,
  }),
  checkpointSteps: setting({
    kind: orNull(integer(1), "none"),
    default: null,
    describe: "Steps between two checkpoints, besides the minutes",
    group: "Training",
    step: null,
  }),
};

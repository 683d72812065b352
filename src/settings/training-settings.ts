import { integer, oneOf, orNull, real, text } from "./kinds.js";
import { setting } from "./setting.js";
import { warmupLength } from "./warmup.js";

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

/** Sizes of data for which a method has defaults of its own: some hundred images, CIFAR's 50,000, ImageNet. */
export const RECIPES = ["tiny", "cifar", "imagenet"] as const;
export type RecipeName = (typeof RECIPES)[number];

/** How f and g are trained, whatever the method. */
export const trainingSettings = {
  method: setting({
    kind: text("a method"),
    default: "simclr",
    describe: "Training method",
    group: "Training",
    step: "train",
    registry: "methods",
  }),
  recipe: setting({
    kind: oneOf(RECIPES),
    default: "cifar",
    describe: "Size of data for which the method's own defaults are taken",
    group: "Training",
    step: null,
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
  accumulate: setting({
    kind: integer(1, 65_536),
    default: 1,
    describe:
      "Equal parts that a step's images are measured in, one after the other, to save memory; for losses that compare no images; batch statistics are a part's",
    group: "Training",
    step: "train",
  }),
  optimizer: setting({
    kind: text("an optimiser"),
    default: "sgd",
    describe: "Optimiser",
    group: "Training",
    step: "train",
    registry: "optimizers",
  }),
  learningRate: setting({
    kind: real(0, 100, true),
    default: 0.3,
    describe: "Peak learning rate, reached after the warm-up, then a cosine to --min-learning-rate",
    group: "Training",
    step: "train",
    alias: "lr",
  }),
  minLearningRate: setting({
    kind: real(0, 100),
    default: 0,
    describe: "Learning rate that the cosine ends at; no --batch-scaling changes it",
    group: "Training",
    step: "train",
    alias: "min-lr",
  }),
  batchScaling: setting({
    kind: oneOf(["none", "linear", "sqrt"]),
    default: "none",
    describe: "What --learning-rate is multiplied by: 1, batch / 256, or √(batch / 256)",
    group: "Training",
    step: "train",
  }),
  layerDecay: setting({
    kind: real(0, 1, true),
    default: 1,
    describe:
      "Learning rate of a layer of the encoder over that of the one above it, from the head down; 1: all alike",
    group: "Training",
    step: "train",
  }),
  weightDecay: setting({
    kind: real(0, 1),
    default: 1e-4,
    describe: "Weight decay; biases and normalisation are left out unless the method decays them",
    group: "Training",
    step: "train",
  }),
  weightDecayEnd: setting({
    kind: orNull(real(0, 1), "none"),
    default: null,
    describe: "Weight decay at the end, to which it goes along a cosine; none: it stays as it is",
    group: "Training",
    step: "train",
  }),
  clipGradientNorm: setting({
    kind: orNull(real(0, 1e9, true), "none"),
    default: null,
    describe: "Scale gradients down to this norm",
    group: "Training",
    step: "train",
  }),
  clipScope: setting({
    kind: oneOf(["all", "tensor"]),
    default: "all",
    describe:
      "What has the norm of --clip-gradient-norm: all gradients together, or each tensor of them by itself",
    group: "Training",
    step: "train",
  }),
  alignmentWeight: setting({
    kind: real(0, 1),
    default: 0,
    describe:
      "Limit alignment: share of the loss that is minus the angle between the representations of two views of an image, over pi; the paper's experiment has 0.1",
    group: "Training",
    step: "train",
  }),
  alignmentFrom: setting({
    kind: integer(0, 1_000_000),
    default: 0,
    describe: "Epoch from which --alignment-weight holds, from 0; the paper's experiment has 200",
    group: "Training",
    step: "train",
  }),
  warmup: setting({
    kind: warmupLength(),
    default: 0.05,
    describe: "Warm-up: a share of all steps, epochs (10ep) or steps (500steps)",
    group: "Training",
    step: "train",
  }),
};

/** Seeds, repetitions and checkpoints of a training. */
export const repetitionSettings = {
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
  stopAfter: setting({
    kind: orNull(integer(0), "end"),
    default: null,
    describe:
      "Steps after which the training of each encoder stops, with a checkpoint; 0 writes the untrained state as step 0. The same command without it goes on to the same bits",
    group: "Training",
    step: null,
  }),
  logEvery: setting({
    kind: integer(1, 1_000_000),
    default: 10,
    describe: "Steps between two lines of metrics.jsonl, which are means over them",
    group: "Training",
    step: null,
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

import { integer, oneOf, orNull, text, toggle } from "./kinds.js";
import { POOLINGS } from "./poolings.js";
import { setting } from "./setting.js";

/** Names of the networks that a training leaves; auto is the one that its method declares. */
export const NETWORKS = ["auto", "trained", "average"] as const;
export type NetworkChoice = (typeof NETWORKS)[number];

/** How the trained pair is compared. */
export const scoringSettings = {
  f: setting({
    kind: orNull(text("a file of weights"), "trained"),
    default: null,
    describe: "Weights of f from elsewhere (safetensors, PyTorch or timm names); trained: the run's own",
    group: "Scoring",
    step: "score",
  }),
  g: setting({
    kind: orNull(text("a file of weights"), "trained"),
    default: null,
    describe: "Weights of g from elsewhere",
    group: "Scoring",
    step: "score",
  }),
  network: setting({
    kind: oneOf(NETWORKS),
    default: "auto",
    describe:
      "Which of a trained encoder's networks is taken. auto: what the method declares; trained: what gradients changed; average: the moving average of it that the method keeps (a teacher, a target)",
    group: "Scoring",
    step: "score",
  }),
  views: setting({
    kind: integer(1, 1000),
    default: 10,
    describe: "Views of every image, K, the same for f and for g; scoring needs two",
    group: "Scoring",
    step: "score",
  }),
  distance: setting({
    kind: text("a distance"),
    default: "l2",
    describe: "Distance between representations",
    group: "Scoring",
    step: "score",
    registry: "distances",
  }),
  viewScheme: setting({
    kind: text("a view scheme"),
    default: "pairs",
    describe: "pairs: all K(K-1)/2; original: original against augmented; disjoint: K/2 pairs",
    group: "Scoring",
    step: "score",
    registry: "schemes",
  }),
  normalize: setting({
    kind: toggle(),
    default: true,
    describe:
      "Scale representations to unit length before the distance is taken; one of zeros stays zero, equal to another one and orthogonal to all others",
    group: "Scoring",
    step: "score",
  }),
  layer: setting({
    kind: orNull(text("a layer"), "last"),
    default: null,
    describe: "Layer whose output is compared; last is the encoder's output",
    group: "Scoring",
    step: "score",
  }),
  pooling: setting({
    kind: oneOf(["auto", ...POOLINGS]),
    default: "auto",
    describe:
      "What is compared of the encoder's output. pooled: its pooled vector; map: a ResNet's last map, flattened; cls, mean, all: the class token, the mean of the others, all tokens flattened. auto: what the architecture is scored by (a ResNet: pooled); for probe, embed and kNN pooled",
    group: "Scoring",
    step: "score",
  }),
  scorePolicy: setting({
    kind: orNull(text("an augmentation policy"), "training"),
    default: null,
    describe: "Augmentation policy of scoring, if it is not that of training",
    group: "Scoring",
    step: "score",
    registry: "policies",
  }),
  scoreSeed: setting({
    kind: integer(0),
    default: 0,
    describe: "Seed of the views that are scored",
    group: "Scoring",
    step: "score",
  }),
  scoreBatch: setting({
    kind: integer(1, 65_536),
    default: 25,
    describe: "Images encoded at once, K views each",
    group: "Scoring",
    step: "score",
  }),
  parts: setting({
    kind: integer(1, 99_999),
    default: 8,
    describe: "Part files of the scores; the unit of resuming",
    group: "Scoring",
    step: "score",
  }),
  rangeScaled: setting({
    kind: toggle(),
    default: false,
    describe: "Also give the means of memorization divided by its range, as the paper's code",
    group: "Scoring",
    step: "analyze",
  }),
  keepViews: setting({
    kind: toggle(),
    default: false,
    describe: "Keep the distance of every pair of views in the score files",
    group: "Scoring",
    step: "score",
  }),
  imageFacts: setting({
    kind: oneOf(["all", "pixels", "none"]),
    default: "all",
    describe:
      "Facts that slices are made of: all; pixels: without the nearest neighbour in f's space; none: no near-duplicates either",
    group: "Scoring",
    step: "analyze",
  }),
};

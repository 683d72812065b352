import type * as Tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import type { Kit } from "../nn/kit.js";
import { integer, orNull, real, toggle } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { averagedCopy } from "./averaged-copy.js";
import { headSpecs, LAST_LAYER, prototypeScores } from "./dino-head.js";
import { dinoLoss } from "./dino-loss.js";
import { cosineBetween, linearOverEpochs } from "./schedules.js";
import { projectorDim, projectorHidden, projectorNorm } from "./shared-settings.js";
import { twoViews } from "./two-views.js";
import { method } from "./types.js";

const TEACHER = "state.teacher.";
const CENTER = "state.center";
/** Share of ln(prototypes) that an entropy is from an end of its range, and a divergence from 0, where training has collapsed. */
const COLLAPSED = 0.01;
const ours = { group: "Training", step: "train" } as const;

/**
 * DINO (Caron et al. 2021, arXiv 2104.14294, equations 1 to 3 and algorithm 1; the authors' code facebookresearch/dino): a
 * student's distributions over prototypes of all views of an image follow a teacher's of the two global ones. The teacher's
 * parameters are a moving average of the student's, whose share falls to 0 along a cosine after each step; it begins as the
 * student and normalises by batches of its own; running statistics are never averaged. Its outputs are centred by a moving average
 * of their mean, renewed after the loss, and sharpened by a temperature that may rise over the first epochs. Views of one size
 * are encoded together, so batch statistics are of all views of a size. As in the authors' code what is a bias or has one axis
 * is not decayed, and all else is: class token and position embeddings too. The teacher is scored.
 *
 * Not theirs: the learning rate's warm-up is the one of every method here (theirs begins at 0 and has its peak twice); the blur
 * is of 9 pixels; where all gradients are clipped together, that of a last layer that stays as it is counts.
 */
export const dino = method({
  name: "dino",
  summary:
    "DINO (Caron et al. 2021): a teacher that averages its student; global and local views, prototypes",
  settings: {
    projectorHidden,
    projectorNorm,
    projectorDim,
    prototypes: setting({
      kind: integer(2, 1_048_576),
      default: 4096,
      describe: "Prototypes that a view is a distribution over",
      ...ours,
    }),
    localViews: setting({
      kind: integer(0, 64),
      default: 8,
      describe: "Small views of an image, beside the two that the teacher sees",
      ...ours,
    }),
    studentTemperature: setting({
      kind: real(0, 100, true),
      default: 0.1,
      describe: "Temperature of the student's distributions",
      ...ours,
    }),
    teacherTemperature: setting({
      kind: real(0, 100, true),
      default: 0.04,
      describe: "Temperature of the teacher's distributions; lower where the loss stays at ln(prototypes)",
      ...ours,
    }),
    teacherTemperatureStart: setting({
      kind: orNull(real(0, 100, true), "none"),
      default: null,
      describe: "The same in the first epoch, with --teacher-temperature-warmup; none: it stays the same",
      ...ours,
    }),
    teacherTemperatureWarmup: setting({
      kind: integer(0, 1_000_000),
      default: 0,
      describe: "Epochs in which the teacher's temperature goes from its start to its end",
      ...ours,
    }),
    teacherMomentum: setting({
      kind: real(0, 1),
      default: 0.996,
      describe: "Share of the teacher that a step keeps, at first; it rises to 1",
      ...ours,
    }),
    centerMomentum: setting({
      kind: real(0, 1),
      default: 0.9,
      describe: "Share of the teacher's centre that a step keeps",
      ...ours,
    }),
    normLastLayer: setting({
      kind: toggle(),
      default: true,
      describe: "All prototypes keep length 1",
      ...ours,
    }),
    freezeLastLayer: setting({
      kind: integer(0, 1_000_000),
      default: 1,
      describe: "First epochs in which the prototypes stay as they are",
      ...ours,
    }),
  },
  defaults: {
    policy: "dino",
    optimizer: "adamw",
    learningRate: 5e-4,
    batchScaling: "linear",
    minLearningRate: 1e-6,
    weightDecay: 0.04,
    weightDecayEnd: 0.4,
    clipGradientNorm: 3,
    clipScope: "tensor",
    initial: "dino",
    dropPath: 0.1,
    projectorDim: 256,
  },
  recipes: {
    tiny: {
      learningRate: 5e-3,
      warmup: 0.1,
      projectorHidden: 256,
      projectorNorm: true,
      projectorDim: 64,
      prototypes: 256,
      localViews: 4,
      teacherMomentum: 0.98,
    },
    cifar: {
      learningRate: 1e-3,
      warmup: 0.1,
      projectorHidden: 2048,
      prototypes: 4096,
      teacherMomentum: 0.99,
    },
    imagenet: { warmup: "10ep", projectorHidden: 2048, prototypes: 65_536 },
  },
  collapse({ metrics: { entropy = Number.NaN, divergence = Number.NaN } }, { prototypes }) {
    const most = Math.log(prototypes);
    if (!(divergence < COLLAPSED * most)) return null;
    const words = `${entropy.toPrecision(3)} of at most ln(${prototypes}) = ${most.toPrecision(4)}`;
    if (entropy > (1 - COLLAPSED) * most)
      return `the loss has stayed at ln(prototypes), that of a teacher that tells nothing: its entropy is ${words}. A lower --teacher-temperature sharpens it`;
    if (entropy < COLLAPSED * most)
      return `all images fall to one prototype: the teacher's entropy is ${words}. A lower --center-momentum spreads them`;
    return null;
  },
  metrics: {
    entropy:
      "mean entropy of the teacher's distributions, in nats: at ln(prototypes) or near 0 it has collapsed",
    divergence:
      "mean divergence of the student's distributions from the teacher's (Kullback and Leibler), in nats: near 0 both have collapsed",
  },
  needs({ localViews }, _network, policy) {
    const globals = twoViews(policy);
    if (localViews === 0) return globals;
    const { name, groups } = policy;
    const sideOf = (group: number) => groups[group]?.size[0] ?? 0;
    const group = groups.findIndex((_, place) => sideOf(place) < sideOf(0));
    if (group >= 0) return { views: [...globals.views, { group, count: localViews }] };
    throw new SslMemError(
      "USAGE",
      `Expected a policy with small views for --local-views ${localViews} but received ${name}, which has none.`,
      "--policy dino, or --local-views 0",
    );
  },
  build({ dim, encoder, epochs }, settings, kit) {
    const { tf, ops } = kit;
    checkEpochs("--freeze-last-layer", settings.freezeLastLayer, epochs);
    const { teacherTemperature, teacherTemperatureStart, teacherTemperatureWarmup } = settings;
    checkEpochs("--teacher-temperature-warmup", teacherTemperatureWarmup, epochs);
    checkTemperatures(settings, epochs);
    const shape = {
      dim,
      hidden: settings.projectorHidden ?? dim,
      bottleneck: settings.projectorDim,
      prototypes: settings.prototypes,
      isUnit: settings.normLastLayer,
      isNormed: settings.projectorNorm,
    };
    const head = headSpecs(shape, kit);
    const copy = averagedCopy(kit, TEACHER, [...encoder, ...head], {
      // All parameters, as in the authors' code, prototypes' lengths that stay 1 among them.
      averages: ({ name, isLearned }) => isLearned || name.startsWith(LAST_LAYER),
    });
    return {
      parameters: head,
      state: [
        ...copy.state,
        {
          name: CENTER,
          shape: [1, settings.prototypes],
          layout: "same",
          initial: kit.initial.constant(0),
          isLearned: false,
          isDecayed: false,
        },
      ],
      rules: [
        {
          matches: ({ name }) => name.startsWith(LAST_LAYER),
          decay: (_own, all) => all,
          frozenSteps: ({ steps, epochs }) => (settings.freezeLastLayer * steps) / epochs,
        },
        {
          matches: ({ name, shape: axes }) => axes.length > 1 && !name.endsWith(".bias"),
          decay: (_own, all) => all,
        },
      ],
      sampleWise: true,
      exports: TEACHER,
      schedules: {
        share: cosineBetween(1 - settings.teacherMomentum, 0),
        temperature: linearOverEpochs(
          teacherTemperatureStart ?? teacherTemperature,
          teacherTemperature,
          teacherTemperatureWarmup,
        ),
      },
      loss({ views: [first, second, local] }, { encode, head }, { temperature }) {
        const globals = sideBySide(first, second as Tf.Tensor4D, kit);
        const apart = (x: Tf.Tensor2D) => oneByOne(x, kit);
        const seen = ops.withoutGradient(() =>
          prototypeScores(apart(encode(globals, { arrays: TEACHER }).pooled), TEACHER, shape, head, kit),
        );
        const pooled = [apart(encode(globals).pooled)];
        if (local !== undefined) pooled.push(encode(local).pooled);
        const said = prototypeScores(tf.concat(pooled, 0), "", shape, head, kit);
        const center = head.weights.get(CENTER) as Tf.Variable;
        const { loss, entropy } = dinoLoss(kit, {
          student: tf.div(said, settings.studentTemperature),
          teacher: tf.div(tf.sub(seen, center), temperature as Tf.Scalar),
        });
        return {
          loss,
          metrics: { entropy, divergence: tf.sub(loss, entropy) },
          carry: { seen: tf.mean(seen, 0, true) },
        };
      },
      after({ head }, { seen }, { share = 0 }) {
        copy.update(head, share);
        const center = head.weights.get(CENTER) as Tf.Variable;
        ops.movingAverageUpdate([center], [tf.mean(seen as Tf.Tensor, 0, true)], 1 - settings.centerMomentum);
      },
    };
  },
});

/**
 * Two views of each image in one batch, image-major: only so the encoder's random numbers are those of their images, in a part of
 * the batch as in the whole. @param first, second float32 [n, height, width, 3] @returns [2n, height, width, 3]
 */
function sideBySide(first: Tf.Tensor4D, second: Tf.Tensor4D, { tf }: Pick<Kit, "tf">): Tf.Tensor4D {
  const [, height, width, channels] = first.shape;
  // One above the other, the rows of pixels of an image's views follow each other.
  return tf.reshape(tf.concat([first, second], 1), [-1, height, width, channels]);
}

/** What the encoder made of those: all first views, then all second ones. @param x float32 [2n, dim] */
function oneByOne(x: Tf.Tensor2D, { tf }: Pick<Kit, "tf">): Tf.Tensor2D {
  const [rows, dim] = x.shape;
  const pairs = tf.reshape(x, [rows / 2, 2 * dim]);
  return tf.concat(
    [0, dim].map((from) => tf.slice(pairs, [0, from], [rows / 2, dim]) as Tf.Tensor2D),
    0,
  );
}

/** @throws SslMemError USAGE for a temperature to begin with and a length of the way from it where one is there without the other */
function checkTemperatures(
  {
    teacherTemperatureStart: start,
    teacherTemperature: end,
    teacherTemperatureWarmup: warm,
  }: Record<"teacherTemperature" | "teacherTemperatureWarmup", number> & {
    teacherTemperatureStart: number | null;
  },
  epochs: number,
): void {
  if (start === null ? warm === 0 : warm > 0 || start === end) return;
  const [given, missing, hint] =
    start === null
      ? [
          `--teacher-temperature-warmup ${warm}`,
          "--teacher-temperature-start",
          "--teacher-temperature-start 0.04 --teacher-temperature 0.07, or --teacher-temperature-warmup 0",
        ]
      : [
          `--teacher-temperature-start ${start}`,
          "--teacher-temperature-warmup",
          `--teacher-temperature-warmup ${Math.min(30, epochs)}, or --teacher-temperature-start none`,
        ];
  throw new SslMemError(
    "USAGE",
    `Expected ${missing} with ${given}, which does nothing without it, but received none.`,
    hint,
  );
}

/** @throws SslMemError USAGE where epochs from the first one on would go beyond the end of the training */
function checkEpochs(flag: string, first: number, all: number): void {
  if (first <= all) return;
  throw new SslMemError(
    "USAGE",
    `Expected ${flag} to end within the training, which has --epochs ${all}, but received ${first}.`,
    `${flag} ${all} or less, or --epochs ${first} or more`,
  );
}

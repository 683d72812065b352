import { getPolicy } from "../augment/index.js";
import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import type { Batch, Needs, Objective } from "../methods/types.js";
import { ofView, type Pass, remembering, type TrainingNets } from "./passes.js";
import type { TrainRecipe } from "./types.js";

/** Cosines are kept that far inside of (−1, 1): the derivative of arccos is infinite at its ends. */
const EDGE = 1e-6;
/** The schedule's name; a method's own names have no blank. */
const WEIGHT = "alignment weight";

type Limits = Pick<TrainRecipe, "policy" | "imageSize" | "alignmentWeight" | "alignmentFrom">;

/** One view of every image: its place among the batches of Batch.views, and in them among the views of an image. */
interface Place {
  readonly batch: number;
  readonly view: number;
  readonly count: number;
}

/** Whether a recipe limits alignment at all. */
export const limitsAlignment = ({ alignmentWeight = 0 }: Limits): boolean => alignmentWeight > 0;

/**
 * The method's needs, and a second view of each image where the first one has no other of its size: it follows all others in
 * number, so that these stay what they are. Throws SslMemError USAGE as getPolicy.
 */
export const needsOfPair = (own: Needs, recipe: Limits): Needs => pairIn(own, recipe).needs;

/**
 * Training that limits alignment (Wang et al. 2024, section 4.4, equation 3): from an epoch on the loss is
 *
 *     (1 − λ) · L − λ · d,    d = mean over images of arccos(cos(h(x′), h(x″))) / π, in [0, 1]
 *
 * with L the method's own and h(x′), h(x″) the trained encoder's representations of two views of an image. What is minimised
 * has the distance with a minus: the views of an image are pushed apart, alignment and with it memorisation fall. The authors'
 * code (train_MAE_lambda.py: λ 0.1, from epoch 200) has arcsin where the distance between angles has arccos. That is a
 * similarity, 1/2 − d, and with the same sign it would reward alignment; the distance is followed, not the slip.
 *
 * The two views are the first one and the next of its size, encoded by the loss itself where it encodes them whole; others are
 * encoded for it, whole, whatever the method hides. Passes that only it makes leave no batch statistics: until its epoch a training is
 * what it would be without it, the running statistics too.
 *
 * @param needs the method's own, without a second view
 */
export function alignmentLimited(objective: Objective, needs: Needs, recipe: Limits): Objective {
  const { alignmentWeight = 0, alignmentFrom = 0 } = recipe;
  const { places } = pairIn(needs, recipe);
  return {
    ...objective,
    schedules: {
      ...objective.schedules,
      [WEIGHT]: ({ epoch }) => (epoch < alignmentFrom ? 0 : alignmentWeight),
    },
    loss(batch, given: TrainingNets, at) {
      const { nets, passes } = remembering(given);
      const views = batch.views.slice(0, needs.views.length) as unknown as Batch["views"];
      const own = objective.loss({ ...batch, views }, nets, at);
      const [a, b] = places.map((place) => ops.unitRows(represented(place, batch, passes, nets)));
      const alignment = angleBetween(a as tf.Tensor2D, b as tf.Tensor2D);
      const weight = at[WEIGHT] as tf.Scalar;
      const loss: tf.Scalar = tf.sub(tf.mul(own.loss, tf.sub(1, weight)), tf.mul(alignment, weight));
      return { ...own, loss, metrics: { ...own.metrics, alignment } };
    },
  };
}

/** Mean angle between rows of unit length, as a share of π. @returns float32 scalar in [0, 1] */
function angleBetween(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  const cosines = tf.clipByValue(tf.sum(tf.mul(a, b), 1), EDGE - 1, 1 - EDGE);
  return tf.div(tf.mean(tf.acos(cosines)), Math.PI);
}

function pairIn(own: Needs, { policy, imageSize }: Limits): { needs: Needs; places: [Place, Place] } {
  const { groups } = getPolicy(policy, { imageSize });
  const sizeOf = (group: number) => groups[group]?.size.join();
  const all = own.views.flatMap(({ group, count }, batch) =>
    Array.from({ length: count }, (_, view) => ({ group, place: { batch, view, count } })),
  );
  const [first, ...others] = all as [(typeof all)[number], ...typeof all];
  const second = others.find(({ group }) => sizeOf(group) === sizeOf(first.group));
  if (second !== undefined) return { needs: own, places: [first.place, second.place] };
  return {
    needs: { ...own, views: [...own.views, { group: first.group, count: 1 }] },
    places: [first.place, { batch: own.views.length, view: 0, count: 1 }],
  };
}

function represented(
  { batch, view, count }: Place,
  { views }: Batch,
  passes: readonly Pass[],
  nets: TrainingNets,
) {
  const all = views[batch] as tf.Tensor4D;
  const pass = passes.find((one) => one.isWhole && one.views === all);
  return pass === undefined
    ? nets.encode(ofView(all, view, count), { statistics: false }).pooled
    : ofView(pass.pooled, view, count);
}

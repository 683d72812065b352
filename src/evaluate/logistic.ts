import * as tf from "../engine/tf.js";
import { keyOf, randomPermutation } from "../native/index.js";
import { type Minimum, minimize } from "./lbfgs.js";
import { type LinearClassifier, linearAccuracy, linearData, softmaxLoss, unpack } from "./linear.js";

/** Values of C that are tried, weakest classifier first. */
export const STRENGTHS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10] as const;
/** Share of the training images that choose C. */
const CHOOSING = 0.2;

export interface TrainingSet {
  /** float32 [n, dim] */
  values: Float32Array;
  dim: number;
  /** [n], 0 … classes − 1 */
  labels: ArrayLike<number>;
  classes: number;
}

/**
 * Multinomial logistic regression by L-BFGS: min C Σ cross entropy + ‖W‖²/2, the bias not penalised, as scikit-learn's
 * LogisticRegression(C). An engine must be open.
 *
 * @param c inverse strength of the penalty, > 0 @param start where to begin, for a path over several C
 */
export function fitLogistic(
  { values, dim, labels, classes }: TrainingSet,
  c: number,
  start: Float64Array = new Float64Array((dim + 1) * classes),
): { classifier: LinearClassifier; minimum: Minimum } {
  const data = linearData(values, dim, labels, classes);
  try {
    const lambda = 1 / (c * labels.length);
    const minimum = minimize((parameters) => softmaxLoss(data, lambda, parameters), start);
    return { classifier: unpack(minimum.x, dim), minimum };
  } finally {
    tf.dispose([data.x, data.target]);
  }
}

/**
 * The C of STRENGTHS that classifies a fifth of the training images best when it is fitted to the others; of equal ones
 * the smallest.
 *
 * @param seed draws the fifth
 */
export function chooseStrength(train: TrainingSet, seed: number): number {
  const n = train.labels.length;
  const order = randomPermutation(keyOf("probeStrength", seed), new Uint32Array(n));
  const held = Math.max(1, Math.round(n * CHOOSING));
  const [choosing, fitting] = [subset(train, order.subarray(0, held)), subset(train, order.subarray(held))];
  const x = tf.tensor2d(choosing.values, [held, train.dim]);
  let best = { c: STRENGTHS[0] as number, accuracy: -1 };
  let start: Float64Array | undefined;
  for (const c of STRENGTHS) {
    const { classifier, minimum } = fitLogistic(fitting, c, start);
    start = minimum.x;
    const accuracy = linearAccuracy(x, choosing.labels, classifier);
    if (accuracy > best.accuracy) best = { c, accuracy };
  }
  x.dispose();
  return best.c;
}

/** Some rows of a set, in the order given. */
export function subset(set: TrainingSet, rows: Uint32Array): TrainingSet {
  const values = new Float32Array(rows.length * set.dim);
  for (const [i, row] of rows.entries())
    values.set(set.values.subarray(row * set.dim, (row + 1) * set.dim), i * set.dim);
  return { ...set, values, labels: Array.from(rows, (row) => set.labels[row] as number) };
}

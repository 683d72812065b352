import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { fitSgd, PAPER_SGD, type SgdSettings } from "./fit-sgd.js";
import { meanInterval, wilsonInterval } from "./interval.js";
import { defaultNeighbours, knnAccuracy, type LabelledRepresentations } from "./knn-accuracy.js";
import { type LinearClassifier, linearAccuracy } from "./linear.js";
import { chooseStrength, fitLogistic, subset } from "./logistic.js";
import type { ProbeMethod, ProbeResult } from "./probe-schema.js";
import { standardize } from "./standardize.js";

export interface ProbeOptions {
  methods: readonly ProbeMethod[];
  classes: number;
  /** Rows of the training set for every seed; null: all of them. */
  rows: readonly Uint32Array[] | null;
  seeds: number;
  /** Inverse strength of the L-BFGS probe's penalty; null: chosen on a fifth of the training images. */
  c: number | null;
  /** Neighbours; null: 200, or a tenth of the training images if that is less. */
  neighbours: number | null;
  sgd?: Partial<SgdSettings>;
}

/**
 * How well classes can be read from representations: linear probe by SGD and by L-BFGS, both on standardised
 * representations, and kNN. A seed draws the order of SGD, the images that choose C and, with `rows`, the training images.
 * An engine must be open.
 *
 * @throws SslMemError USAGE for empty sets or a label that is no class
 */
export function probe(
  train: LabelledRepresentations,
  test: LabelledRepresentations,
  options: ProbeOptions,
): ProbeResult[] {
  const { methods, classes, rows, seeds } = options;
  const labels = [...Array.from(train.labels), ...Array.from(test.labels)];
  if (train.labels.length === 0 || test.labels.length === 0 || labels.some((y) => !(y >= 0 && y < classes))) {
    throw new SslMemError(
      "USAGE",
      `Expected images of ${classes} classes to train on and to test on but received ${train.labels.length} and ${test.labels.length}.`,
    );
  }
  const outcomes = Array.from({ length: seeds }, (_, seed) => {
    const drawn = rows?.[seed];
    const all = { ...train, classes };
    return outcome(drawn === undefined ? all : subset(all, drawn), test, seed, options);
  });
  return methods.map((method, i) => {
    const each = outcomes.map((results) => results[i] as Outcome);
    const accuracies = each.map(({ accuracy }) => accuracy);
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / seeds;
    return {
      method,
      accuracies,
      mean,
      over_seeds: meanInterval(accuracies),
      over_test_images: wilsonInterval(mean, test.labels.length),
      parameters: parametersOf(method, each, options),
    };
  });
}

interface Outcome {
  accuracy: number;
  /** C or k. */
  parameter: number;
}

function outcome(
  train: LabelledRepresentations & { classes: number },
  test: LabelledRepresentations,
  seed: number,
  options: ProbeOptions,
): Outcome[] {
  const [known, asked] = standardize(train.values, test.values, train.dim);
  const standard = { ...train, values: known };
  const x = tf.tensor2d(asked, [test.labels.length, test.dim]);
  const judged = (classifier: LinearClassifier, parameter: number) => ({
    accuracy: linearAccuracy(x, test.labels, classifier),
    parameter,
  });
  const run: Record<ProbeMethod, () => Outcome> = {
    sgd: () => judged(fitSgd(standard, { ...PAPER_SGD, ...options.sgd }, seed), 0),
    lbfgs: () => {
      const c = options.c ?? chooseStrength(standard, seed);
      return judged(fitLogistic(standard, c).classifier, c);
    },
    knn: () => {
      const { accuracy, k } = knnAccuracy(
        train,
        test,
        options.neighbours ?? defaultNeighbours(train.labels.length),
      );
      return { accuracy, parameter: k };
    },
  };
  const results = options.methods.map((method) => run[method]());
  x.dispose();
  return results;
}

function parametersOf(
  method: ProbeMethod,
  outcomes: readonly Outcome[],
  { sgd }: ProbeOptions,
): ProbeResult["parameters"] {
  const each = outcomes.map(({ parameter }) => parameter);
  if (method === "sgd") return { ...PAPER_SGD, ...sgd };
  return method === "lbfgs" ? { c: each } : { k: each[0] as number };
}

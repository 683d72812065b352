// What scikit-learn and SciPy compute on fixed representations (test/golden/sklearn/make.py).
import { readFileSync } from "node:fs";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import {
  fitLogistic,
  knnAccuracy,
  linearAccuracy,
  meanInterval,
  standardize,
  wilsonInterval,
} from "../../src/evaluate/index.js";
import { linearData, logits, softmaxLoss } from "../../src/evaluate/linear.js";
import { farthest } from "../close.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/sklearn/probe.json", import.meta.url), "utf8"),
);
const { dim, classes } = golden as { dim: number; classes: number };
const [train, asked] = (["train", "test"] as const).map((part) => ({
  values: Float32Array.from(golden[part].values as number[]),
  labels: golden[part].labels as number[],
  dim,
  classes,
})) as [Set, Set];
interface Set {
  values: Float32Array;
  labels: number[];
  dim: number;
  classes: number;
}
const n = train.labels.length;
const [known, standard] = standardize(train.values, asked.values, dim);

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
});

test("standardisation agrees with StandardScaler", (t) => {
  // float32 inputs of up to 60, so errors of 60 · 2^-24 before the division by deviations of 0.1 and more: 4e-5.
  t.is(farthest(standard, golden.standardized, 4e-5), null);
});

// Each gradient element is a mean over 120 products of float32 numbers up to 4: 4 · 2^-24 · √120 / √120, times a few.
const FLAT = 2e-6;

for (const { c, weights, bias, probabilities, accuracy } of golden.logistic) {
  test.serial(`logistic regression agrees with LogisticRegression(C=${c})`, (t) => {
    const data = linearData(known, dim, train.labels, classes);
    const optimum = softmaxLoss(data, 1 / (c * n), Float64Array.from([...weights, ...bias]));
    t.true(
      optimum.gradient.every((g) => Math.abs(g) < FLAT),
      "scikit-learn's optimum is one of our objective",
    );
    const { classifier, minimum } = fitLogistic({ ...train, values: known }, c);
    t.true(minimum.converged);
    t.true(Math.abs(minimum.value - optimum.value) < 1e-6, "the same minimum");
    const x = tf.tensor2d(standard, [asked.labels.length, dim]);
    t.is(linearAccuracy(x, asked.labels, classifier), accuracy);
    // Both gradients are below 2e-6 in each of the 28 parameters, and the objective curves at least 1 / (C n) in the
    // weights: they differ by at most 2 · 2e-6 · √28 · C n. Where C is large the data curve it more, but by how much is
    // not known beforehand: there the minimum and the accuracy have to do.
    const apart = 4e-6 * Math.sqrt(28) * c * n;
    if (apart < 1e-2) {
      t.is(farthest(classifier.weights, weights, apart), null);
      const found = tf.softmax(logits(x, classifier)).dataSync();
      // A logit moves by at most |x| · apart ≤ 7 apart, a probability by a quarter of that for each of two classes.
      t.is(farthest(found, probabilities, 3.5 * apart + 1e-6), null);
    }
  });
}

for (const { k, accuracy } of golden.knn) {
  test.serial(`kNN agrees with KNeighborsClassifier, k = ${k}`, (t) => {
    t.deepEqual(knnAccuracy(train, asked, k), { accuracy, k });
  });
}

test("intervals agree with SciPy", (t) => {
  for (const { share, n, interval } of golden.wilson)
    t.is(farthest(wilsonInterval(share, n), interval, 1e-9), null, `${share} of ${n}`);
  for (const { values, interval } of golden.student)
    t.is(farthest(meanInterval(values) as number[], interval, 1e-9), null);
  t.is(meanInterval([0.5]), null);
  t.is(meanInterval([0.5, 0.5]), null);
});

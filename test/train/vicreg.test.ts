// VICReg against PyTorch, lightly and the paper's equations.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { spreadTerms, vicreg } from "../../src/methods/vicreg.js";
import { testEngine } from "../engine-under-test.js";
import { assertFiveSteps } from "./five-steps.js";
import { assertPairLoss, golden, mean, type Rows, TOOLS } from "./pair-losses.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

const run = golden.runs.find(({ method }) => method === vicreg.name);
test.serial("five steps agree with PyTorch", (t) => assertFiveSteps(t, golden, run));

/** Equations 1 to 4 for one view, with the code's n − 1. */
function slowTerms(z: Rows): { variance: number; covariance: number } {
  const [n, d] = [z.length, z[0]?.length ?? 0];
  const column = (j: number) => z.map((row) => row[j] as number);
  const covariance = (i: number, j: number) => {
    const [a, b] = [column(i), column(j)];
    return a.reduce((sum, x, k) => sum + (x - mean(a)) * ((b[k] as number) - mean(b)), 0) / (n - 1);
  };
  let [hinge, squares] = [0, 0];
  for (let i = 0; i < d; i++) {
    hinge += Math.max(0, 1 - Math.sqrt(covariance(i, i) + 1e-4));
    for (let j = 0; j < d; j++) if (i !== j) squares += covariance(i, j) ** 2;
  }
  return { variance: hinge / d, covariance: squares / d };
}

test.serial("the loss is PyTorch's, lightly's and the equations'", (t) => {
  assertPairLoss(
    t,
    vicreg.name,
    (a, b) => {
      const [one, two] = [spreadTerms(TOOLS, a), spreadTerms(TOOLS, b)];
      const variance = tf.mul(tf.add(one.variance, two.variance), 12.5);
      const invariance = tf.mul(tf.mean(tf.squaredDifference(a, b)), 25);
      return tf.addN([invariance, variance, one.covariance, two.covariance]) as tf.Scalar;
    },
    (a, b) => {
      const [one, two] = [slowTerms(a), slowTerms(b)];
      const distances = a.flatMap((row, i) => row.map((x, j) => (x - (b[i]?.[j] as number)) ** 2));
      return 25 * mean(distances) + 12.5 * (one.variance + two.variance) + one.covariance + two.covariance;
    },
  );
});

test("embeddings that are one point are told as collapsed, others are not", (t) => {
  const said = (variance?: number) =>
    vicreg.collapse?.({ loss: 1, metrics: variance === undefined ? {} : { variance } }, {} as never);
  const point = tf.tidy(() => spreadTerms(TOOLS, tf.ones([4, 3])).variance.dataSync()[0]);
  t.regex(said(point) ?? "", /lack 0\.99 of a standard deviation/);
  t.deepEqual([said(0.6), said(undefined)], [null, null]);
});

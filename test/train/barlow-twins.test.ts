// Barlow Twins against PyTorch, lightly and the paper's equations.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { barlowTwins, correlationTerms } from "../../src/methods/barlow-twins.js";
import { testEngine } from "../engine-under-test.js";
import { assertFiveSteps } from "./five-steps.js";
import { assertPairLoss, golden, mean, type Rows, TOOLS } from "./pair-losses.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

const run = golden.runs.find(({ method }) => method === barlowTwins.name);
test.serial("five steps agree with PyTorch", (t) => assertFiveSteps(t, golden, run));

/** Columns with mean 0 and biased variance 1, 1e-5 added before the root. */
function normalised(z: Rows): number[][] {
  return (z[0] as number[]).map((_, j) => {
    const column = z.map((row) => row[j] as number);
    const variance = mean(column.map((x) => (x - mean(column)) ** 2));
    return column.map((x) => (x - mean(column)) / Math.sqrt(variance + 1e-5));
  });
}

test.serial("the loss is PyTorch's, lightly's and the equations'", (t) => {
  const { redundancyWeight } = golden;
  assertPairLoss(
    t,
    barlowTwins.name,
    (a, b, [, width]) => {
      const norm = (z: tf.Tensor2D) =>
        ops.batchNormTraining(z, tf.ones([width]), tf.zeros([width]), 1e-5).y as tf.Tensor2D;
      const { diagonal, others } = correlationTerms(TOOLS, norm(a), norm(b));
      return tf.add(diagonal, tf.mul(others, redundancyWeight));
    },
    (a, b) => {
      const [left, right] = [normalised(a), normalised(b)];
      let sum = 0;
      for (const [i, x] of left.entries())
        for (const [j, y] of right.entries()) {
          const c = mean(x.map((value, k) => value * (y[k] as number)));
          sum += i === j ? (c - 1) ** 2 : redundancyWeight * c ** 2;
        }
      return sum;
    },
  );
});

test("views without anything in common are told as collapsed, others are not", (t) => {
  const said = (correlation?: number) =>
    barlowTwins.collapse?.(
      { loss: 1, metrics: correlation === undefined ? {} : { correlation } },
      {} as never,
    );
  t.regex(said(0.01) ?? "", /correlate by 0\.010/);
  t.deepEqual([said(0.3), said(undefined)], [null, null]);
});

import { join } from "node:path";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { collapseOf } from "../../src/train/collapse.js";
import { trainEncoder } from "../../src/train/index.js";
import { type MetricsPoint, readMetrics } from "../../src/train/metrics.js";
import { testEngine } from "../engine-under-test.js";
import { smallStore, temporaryDirectory, trainOptions } from "./helpers.js";
import { register, squares } from "./toys.js";

const point = (epoch: number, spread: number, others: Record<string, number> = {}): MetricsPoint => ({
  step: 10 * epoch,
  epoch,
  loss: 1,
  metrics: { spread, ...others },
  learningRate: 0.1,
  imagesPerSecond: 1,
});
const simclr = { method: "simclr", epochs: 20 };

test("three lines in a row say so, when a fifth of the training is over", (t) => {
  const fallen = [point(9, 0.4), point(10, 0.01), point(11, 0.004), point(12, 0.003)];
  t.regex(collapseOf(fallen, simclr) ?? "", /^At step 120 .* spread is 0\.0030 .*collapsed\.$/);
  t.is(collapseOf(fallen.slice(0, -1), simclr), null, "two lines");
  t.is(collapseOf(fallen.slice(1, 3), simclr), null, "there are no more than two lines");
  t.is(collapseOf([...fallen, point(13, 0.3)], simclr), null, "it has come back");
  t.is(collapseOf(fallen, { ...simclr, epochs: 60 }), null, "the learning rate still warms up");
  const low = (first: number) => [point(0, first), ...[10, 11, 12].map((epoch) => point(epoch, 0.05))];
  t.regex(collapseOf(low(0.4), simclr) ?? "", /spread is 0\.050/, "an eighth of what it was");
  t.is(collapseOf(low(0.15), simclr), null, "it was never large");
  t.is(collapseOf([], simclr), null);
  t.is(collapseOf([{ ...point(12, 0), metrics: {} }], simclr), null, "metrics of an earlier version");
  t.is(collapseOf(fallen, { ...simclr, method: "of-another-version" })?.includes("spread"), true);
});

test("a method's own sign counts beside the spread", (t) => {
  const projections = [10, 11, 12].map((epoch) => point(epoch, 0.4, { projectionSpread: 0.01 }));
  t.regex(collapseOf(projections, { method: "simsiam", epochs: 20 }) ?? "", /the same projection.* 0\.010/);
  t.is(collapseOf(projections, simclr), null);
});

test("where nothing is compared, a small spread is no sign: MAE's class token is not trained", (t) => {
  const fallen = [point(0, 0.5), ...[10, 11, 12].map((epoch) => point(epoch, 0.01))];
  t.is(collapseOf(fallen, { method: "mae", epochs: 20 }), null);
  t.not(collapseOf(fallen, { method: "ijepa", epochs: 20 }), null);
});

test.serial("a training that collapses is told from one that does not, by what it logs", async (t) => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  const store = await smallStore();
  // All representations have one direction when this is 0.
  register("collapsing", (given, settings, kit) => ({
    ...squares(given, settings, kit),
    loss({ views: [x] }, { encode }) {
      const unit = kit.ops.unitRows(encode(x).pooled);
      const mean = tf.mean(unit, 0);
      // The mean square of distances from the mean: 1 − |mean|².
      return { loss: tf.sub(1, tf.sum(tf.square(mean))) as tf.Scalar };
    },
  }));
  register("toy-squares", squares);
  const train = async (method: string, learningRate: number) => {
    const directory = temporaryDirectory();
    const few = { indices: Uint32Array.from({ length: 18 }, (_, i) => i), batch: 6, epochs: 6 };
    await trainEncoder(trainOptions(store, directory, { ...few, method, learningRate, weightDecay: 0 }));
    const points = await readMetrics(join(directory, "metrics.jsonl"), method);
    t.log(method, ...points.map(({ metrics }) => (metrics.spread as number).toPrecision(2)));
    return collapseOf(points, { method, epochs: 6 });
  };
  t.regex((await train("collapsing", 1)) ?? "", /collapsed/);
  t.is(await train("toy-squares", 0.01), null);
});

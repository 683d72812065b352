// MoCo v2 against PyTorch, lightly and the paper's equation; its queue and its key encoder.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { infoNce, moco } from "../../src/methods/moco.js";
import { TrainingModel } from "../../src/train/model.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { assertFiveSteps } from "./five-steps.js";
import { RECIPE } from "./helpers.js";
import { assertPairLoss, dot, golden, rowsOf, TOOLS } from "./pair-losses.js";
import { stepOf } from "./step.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

const run = golden.runs.find(({ method }) => method === moco.name);
test.serial("five steps agree with PyTorch", (t) => assertFiveSteps(t, golden, run));

const unit = (row: readonly number[]) => row.map((value) => value / Math.sqrt(dot(row, row)));

test.serial("the loss is PyTorch's, lightly's and the equation's", (t) => {
  const { temperature } = golden;
  const queueOf = ([rows, width]: readonly [number, number]) =>
    rowsOf(`queue (${rows}, ${width})`, [golden.queue, width]).map(unit);
  assertPairLoss(
    t,
    moco.name,
    (a, b, shape) => {
      const rows = (z: tf.Tensor2D) => TOOLS.ops.unitRows(z);
      return infoNce(TOOLS, { q: rows(a), keys: rows(b), queue: tf.tensor2d(queueOf(shape)) }, temperature)
        .loss;
    },
    (a, b, shape) => {
      const losses = a.map((row, i) => {
        const query = unit(row);
        const right = Math.exp(dot(query, unit(b[i] as number[])) / temperature);
        const wrong = queueOf(shape).map((key) => Math.exp(dot(query, key) / temperature));
        return -Math.log(right / wrong.reduce((sum, value) => sum + value, right));
      });
      return losses.reduce((sum, value) => sum + value, 0) / losses.length;
    },
  );
});

const SIDE = 16;
const recipe = {
  ...RECIPE,
  method: "moco",
  batch: 4,
  projectorHidden: 8,
  projectorDim: 8,
  queueSize: 6,
  keyMomentum: 0.5,
};
const batchOf = (number: number, images = 4) => {
  const view = (which: number) =>
    Float32Array.from({ length: images * SIDE * SIDE * 3 }, (_, i) =>
      Math.sin(i * (1 + which) + 13 * number),
    );
  return { views: [0, 1].map((which) => ({ data: view(which), height: SIDE, width: SIDE })) };
};

test.serial("the queue begins as random directions, and holds the newest keys of all parts in front", (t) => {
  const before = tf.memory().numTensors;
  const model = new TrainingModel({ ...recipe, accumulate: 2 });
  const queue = () => snapshot(model.weights()).get("state.queue")?.data as Float32Array;
  const row = (of: Float32Array, place: number) => [...of.subarray(8 * place, 8 * place + 8)];
  const first = queue();
  for (let place = 0; place < 6; place++) {
    t.true(Math.abs(dot(row(first, place), row(first, place)) - 1) < 1e-6);
    for (let other = 0; other < place; other++)
      t.true(Math.abs(dot(row(first, place), row(first, other))) < 0.999, "directions differ");
  }
  stepOf(model, batchOf(1), 0.1, 0, 9);
  const second = queue();
  t.deepEqual(row(second, 4), row(first, 0), "what was there moves back");
  t.deepEqual(row(second, 5), row(first, 1));
  stepOf(model, batchOf(2), 0.1, 1, 9);
  const third = queue();
  t.deepEqual(row(third, 4), row(second, 0));
  for (let place = 0; place < 4; place++) {
    t.true(Math.abs(dot(row(third, place), row(third, place)) - 1) < 1e-5);
    t.notDeepEqual(row(third, place), row(second, place));
  }
  model.dispose();
  t.is(tf.memory().numTensors, before, "nothing is left behind");
});

test.serial("a queue that is shorter than the batch holds keys of the last step only", (t) => {
  const model = new TrainingModel({ ...recipe, queueSize: 3 });
  const first = snapshot(model.weights()).get("state.queue")?.data as Float32Array;
  stepOf(model, batchOf(1), 0.1, 0, 9);
  const second = snapshot(model.weights()).get("state.queue");
  t.deepEqual(second?.shape, [3, 8]);
  t.true([0, 8, 16].every((from) => second?.data[from] !== first[from]));
  model.dispose();
});

test.serial(
  "the key encoder begins as the encoder, averages its parameters and has statistics of its own",
  (t) => {
    const model = new TrainingModel(recipe);
    const was = snapshot(model.weights());
    const data = (of: typeof was, name: string) => of.get(name)?.data as Float32Array;
    for (const [name, { data: values }] of was)
      if (name.startsWith("state.key."))
        t.deepEqual(values, data(was, name.slice("state.key.".length)), name);
    stepOf(model, batchOf(1), 0.1, 0, 9);
    const now = snapshot(model.weights());
    for (const name of ["conv1.weight", "bn3.bias", "projector.2.bias"]) {
      const [start, end] = [data(was, name), data(now, name)];
      t.notDeepEqual(start, end, name);
      const halfway = start.map((value, i) => (value + (end[i] as number)) / 2);
      const off = data(now, `state.key.${name}`).reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (halfway[i] as number))),
        0,
      );
      t.true(off < 1e-6, `${name}: ${off}`);
    }
    t.notDeepEqual(data(now, "state.key.bn1.running_mean"), data(now, "bn1.running_mean"));
    t.notDeepEqual(data(now, "state.key.bn1.running_mean"), data(was, "bn1.running_mean"));
    model.dispose();
  },
);

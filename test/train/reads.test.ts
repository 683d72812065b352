// A value that is read back waits for all that the device has been given to do.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import type { Method } from "../../src/methods/types.js";
import { optimizerNames } from "../../src/optimizers/registry.js";
import { trainEncoder } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { testEngine, testPrecision } from "../engine-under-test.js";
import { architectureFor, smallWidths } from "../networks.js";
import { RECIPE, smallStore, temporaryDirectory, trainOptions } from "./helpers.js";

/** Does work and counts what is read from the device in it. */
async function counted<T>(work: (reads: () => number) => T | Promise<T>): Promise<T> {
  const backend = tf.backend() as Record<"readSync" | "read", (id: object) => unknown>;
  const { readSync, read } = backend;
  let reads = 0;
  backend.readSync = (id) => {
    reads++;
    return readSync.call(backend, id);
  };
  backend.read = async (id) => {
    reads++;
    return readSync.call(backend, id);
  };
  try {
    return await work(() => reads);
  } finally {
    Object.assign(backend, { readSync, read });
  }
}

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: testPrecision });
});

const STEP = { rate: 0.01, at: { step: 0, steps: 2, epoch: 0, epochs: 1 } };
// TensorFlow.js' gather reads its places to check them, in memory: on that engine, which has no other device, nothing waits for it.
const gathers = (name: string) => testEngine === "tensorflow" && architectureFor(name) !== "resnet9";
const trials = [
  ...methodNames()
    .filter((name) => !gathers(name))
    .map((method) => ({ method })),
  ...optimizerNames().map((optimizer) => ({ optimizer, clipGradientNorm: 0.5 })),
  { accumulate: 2 },
];
for (const trial of trials)
  test.serial(`a step reads nothing back: ${Object.values(trial).join(" ")}`, async (t) => {
    const { method } = { method: RECIPE.method, ...trial };
    const { defaults } = getMethod(method) as Method;
    const policy = defaults.policy ?? RECIPE.policy;
    const own = { architecture: architectureFor(method), policy, ...smallWidths(getMethod(method)) };
    const recipe = { ...RECIPE, batch: 4, ...own, ...trial };
    const model = new TrainingModel(recipe, {
      classes: getMethod(recipe.method).name === "supervised" ? 3 : 0,
    });
    const views = model.needs.views.map(({ count }) => {
      const data = Float32Array.from({ length: 4 * count * 16 * 16 * 3 }, (_, i) => Math.sin(i));
      return { data, height: 16, width: 16 };
    });
    const drawn = (count: number) =>
      Float32Array.from({ length: 4 * count }, (_, i) => (Math.sin(i) + 1) / 2);
    const noise = Object.fromEntries(
      Object.entries(model.needs.noise ?? {}).map(([name, count]) => [name, drawn(count)]),
    );
    const batch = { views, labels: Int32Array.of(0, 1, 2, 1), noise };
    await counted((reads) => {
      for (const step of [0, 1]) {
        const { loss, metrics } = model.step(batch, STEP.rate, { ...STEP.at, step });
        t.is(reads(), step, "nothing in the step");
        t.true(Number.isFinite(loss.dataSync()[0]));
        t.is(reads(), step + 1, "reads are counted");
        tf.dispose([loss, ...Object.values(metrics)]);
      }
    });
    model.dispose();
  });

test.serial("a training reads once for each report, until it is saved", async (t) => {
  const store = await smallStore();
  await counted(async (reads) => {
    const seen: number[] = [];
    const onProgress = () => seen.push(reads());
    await trainEncoder(trainOptions(store, temporaryDirectory(), { reportEverySteps: 4, onProgress }));
    t.deepEqual(seen, [1, 2, 3]);
    t.true(reads() > 10, "the checkpoint is read");
  });
});

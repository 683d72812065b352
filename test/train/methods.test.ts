// Every method trains, and goes on after a stop to the same bits: its head, its state and what it draws are all in the checkpoint.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { ImageStore } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import { checkWeights, getArchitecture } from "../../src/nn/index.js";
import { trainEncoder } from "../../src/train/index.js";
import { testEngine } from "../engine-under-test.js";
import { arraysIn, digestsOf, smallStore, temporaryDirectory, trainOptions } from "./helpers.js";

let store: ImageStore;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  store = await smallStore();
});

for (const name of methodNames()) {
  test.serial(`${name} trains, stops, and ends with the same bits`, async (t) => {
    const method = getMethod(name);
    const widths = { projectorHidden: 8, projectorDim: 8, predictorHidden: 4, queueSize: 20, prototypes: 8 };
    const own = Object.keys(widths).filter((key) => key in method.settings);
    const changes = {
      method: name,
      policy: method.defaults.policy as string,
      learningRate: 0.05,
      ...Object.fromEntries(own.map((key) => [key, widths[key as keyof typeof widths]])),
    };
    const whole = temporaryDirectory();
    const { weights, loss, metrics } = await trainEncoder(trainOptions(store, whole, changes));
    t.true(Number.isFinite(loss), `${loss}`);
    t.deepEqual(Object.keys(metrics), [...Object.keys(method.metrics ?? {}), "spread"]);
    const directory = temporaryDirectory();
    await trainEncoder(trainOptions(store, directory, { ...changes, stopAfterSteps: 4 }));
    const after = await trainEncoder(trainOptions(store, directory, changes));
    t.is(after.stepsRun, 5);
    t.is(digestsOf(after.weights), digestsOf(weights));
    const lines = readFileSync(join(whole, "metrics.jsonl"), "utf8").trim().split("\n");
    t.is(lines.length, 9);
    t.deepEqual(Object.keys(JSON.parse(lines[0] as string).metrics), [
      ...Object.keys(method.metrics ?? {}),
      "spread",
    ]);
    const said = await checkWeights(getArchitecture("resnet9"), 16, weights);
    t.is(said, null, "what is scored has a file of its own");
  });
}

test.serial("BYOL's target follows its network, with running statistics of its own", async (t) => {
  const widths = { projectorHidden: 8, projectorDim: 8, predictorHidden: 4 };
  const options = { method: "byol", targetMomentum: 0.5, learningRate: 1e-4, ...widths };
  const arrays = async (steps: number) => {
    const directory = temporaryDirectory();
    await trainEncoder(trainOptions(store, directory, { ...options, stopAfterSteps: steps }));
    return arraysIn(directory);
  };
  const [one, nine] = [await arrays(1), await arrays(9)];
  const distance = (of: typeof one, name: string) => {
    const [a, b] = [of.get(name)?.data, of.get(`state.target.${name}`)?.data] as [Float32Array, Float32Array];
    return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0));
  };
  for (const name of ["conv1.weight", "conv8.weight", "projector.3.weight"]) {
    // Shares 0.5 · (cos(π k / 9) + 1) / 2 of the steps after the first one leave a thirteenth of the first distance.
    const left = Array.from({ length: 8 }, (_, k) => 1 - (0.5 * (Math.cos((Math.PI * (k + 1)) / 9) + 1)) / 2);
    const expected = left.reduce((product, share) => product * share, 1);
    const found = distance(nine, name) / distance(one, name);
    t.true(Math.abs(found / expected - 1) < 0.01, `${name}: ${found} for ${expected}`);
  }
  t.true(distance(nine, "bn8.running_mean") > 0);
  t.false(nine.has("state.target.predictor.0.weight"));
});

test.serial("training with labels refuses images without one, naming it", async (t) => {
  const { manifest } = store;
  const label = manifest.images.label(3);
  manifest.images.setLabel(3, null);
  const error = await t.throwsAsync(
    trainEncoder(trainOptions(store, temporaryDirectory(), { method: "supervised" })),
  );
  manifest.images.setLabel(3, label);
  t.like(error, { code: "DATA" });
  t.true(error?.message.includes(manifest.images.id(3)), error?.message);
});

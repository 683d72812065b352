// The methods beside SimCLR, against implementations of their own in PyTorch: test/golden/torch/make_methods.py.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import { learningRateAt } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { farthest } from "../close.js";
import { uniform } from "../counted.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { assertChanges, assertLosses, joined, pairsOf, readGolden, startOf } from "./golden-steps.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

const golden = readGolden("methods.json");
const { steps, warmup, batch, imageSize } = golden;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

test("every method has golden steps", (t) => {
  const names = golden.runs.map(({ method }) => method);
  t.deepEqual(["simclr", ...names].sort(), methodNames().sort()); // SimCLR's are in steps.json
});

for (const { losses, lossRounding, metrics, rates, arrays, still, classes = 0, ...settings } of golden.runs) {
  test.serial(`five steps of ${settings.method} agree with PyTorch`, (t) => {
    const recipe = { ...RECIPE, imageSize, batch, warmup, ...settings };
    const model = new TrainingModel(recipe, { stored: startOf(arrays), classes });
    const seen: number[] = [];
    for (let step = 0; step < steps; step++) {
      const rate = learningRateAt(step, steps, warmup, settings.learningRate);
      t.is(farthest([rate], [rates[step]], 0, 1e-12), null, `rate of step ${step}`);
      const pairs = pairsOf(golden, step);
      const views = model.needs.views.map((_, view) => {
        const data = joined(pairs.filter((_, place) => place % 2 === view));
        return { data, height: imageSize, width: imageSize };
      });
      const labels = Int32Array.from(uniform(`labels ${step}`, batch), (u) => ((u + 1) / 2) * classes);
      const result = stepOf(model, { views, labels }, rate, step, steps);
      seen.push(result.loss);
      const { spread, ...own } = result.metrics;
      t.true((spread as number) > 0, "watched for every method");
      t.deepEqual(Object.keys(own), Object.keys(getMethod(settings.method).metrics ?? {}));
      for (const [name, value] of Object.entries(own))
        t.is(farthest([value], [metrics[step][name]], 1e-3), null, `${name} of step ${step}`);
    }
    const after = snapshot(model.weights());
    model.dispose();
    assertLosses(t, seen, losses, lossRounding);
    assertChanges(t, arrays, after, still);
  });
}

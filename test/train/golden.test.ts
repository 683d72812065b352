import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { learningRateAt } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { assertChanges, assertLosses, joined, pairsOf, readGolden, startOf } from "./golden-steps.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

const golden = readGolden("steps.json");
const { steps, warmup, batch, imageSize } = golden;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

for (const { name, losses, lossRounding, accuracies, rates, arrays, ...settings } of golden.runs) {
  test.serial(`five steps of ${settings.architecture} with ${name} agree with PyTorch`, (t) => {
    const { temperature, projectorDim } = golden;
    const recipe = { ...RECIPE, imageSize, batch, warmup, temperature, projectorDim, ...settings };
    const model = new TrainingModel(recipe, { stored: startOf(arrays) });
    const seen: number[] = [];
    for (let step = 0; step < steps; step++) {
      const rate = learningRateAt(step, steps, warmup, settings.learningRate);
      t.is(farthest([rate], [rates[step]], 0, 1e-12), null, `rate of step ${step}`);
      const data = joined(pairsOf(golden, step));
      const batch = { views: [{ data, height: imageSize, width: imageSize }] };
      const { loss, metrics } = stepOf(model, batch, rate, step);
      seen.push(loss);
      t.is(metrics.accuracy, Math.fround(accuracies[step]), `accuracy of step ${step}`);
    }
    const after = snapshot(model.weights());
    model.dispose();
    assertLosses(t, seen, losses, lossRounding);
    assertChanges(t, arrays, after);
  });
}

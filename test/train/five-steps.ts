// Five steps of a method beside PyTorch's, as make_methods.py and its like keep them.
import { readdirSync } from "node:fs";
import type { ExecutionContext } from "ava";
import { getMethod } from "../../src/methods/registry.js";
import { learningRateAt } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { farthest } from "../close.js";
import { uniform } from "../counted.js";
import { snapshot } from "../snapshot.js";
import {
  assertChanges,
  assertLosses,
  type GoldenSteps,
  joined,
  pairsOf,
  readGolden,
  startOf,
} from "./golden-steps.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

/** Names of the methods that some file of test/golden/torch has steps of. */
export function methodsWithGolden(): string[] {
  const folder = new URL("../../../test/golden/torch", import.meta.url).pathname;
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  // SimCLR's runs (steps.json) differ in their optimisers and name no method.
  const runs = files
    .flatMap((name) => readGolden(name).runs ?? [])
    .filter(({ arrays }) => arrays !== undefined);
  return [...new Set(runs.map(({ method = "simclr" }) => method as string))].sort();
}

/** Rates, losses, metrics and arrays of a run's five steps are PyTorch's. @param run one of `golden.runs` */
export function assertFiveSteps(
  t: ExecutionContext,
  golden: GoldenSteps,
  run: GoldenSteps["runs"][number],
): void {
  const { steps, warmup, batch, imageSize } = golden;
  const { losses, lossRounding, metrics, rates, arrays, still, classes = 0, ...settings } = run;
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
}

import { readFileSync } from "node:fs";
import test from "ava";
import { getMethod, METHODS } from "../../src/methods/registry.js";
import type { Method } from "../../src/methods/types.js";
import { optimizerNames } from "../../src/optimizers/registry.js";
import { kebab } from "../../src/settings/setting.js";
import { RECIPES } from "../../src/settings/training-settings.js";
import { type Warmup, warmupSteps } from "../../src/settings/warmup.js";
import { peakRate } from "../../src/train/schedule.js";

const page = readFileSync(new URL("../../../docs/methods.md", import.meta.url).pathname, "utf8");

test("the page of methods has every method, its metrics and its recipes as they are", (t) => {
  for (const { name, metrics, defaults, recipes } of METHODS as unknown as Method[]) {
    const row = new RegExp(`^\\| ${name} .*\\| ${Object.keys(metrics ?? {}).join(", ")} ?\\|$`, "m");
    t.regex(page, row);
    for (const recipe of RECIPES) {
      const values = Object.entries({ ...defaults, ...recipes?.[recipe] });
      const text = values.map(([key, value]) => `${kebab(key)} ${value}`).join(", ");
      t.true(page.includes(`| ${name} | ${recipe} | ${text} |`), `${name} ${recipe}`);
    }
  }
});

test("recipes with LARS have the authors' rates and warm-up at the batch and the length of the preset", (t) => {
  const peaks = { byol: 0.6, "barlow-twins": 0.4, vicreg: 0.4 };
  for (const [name, peak] of Object.entries(peaks)) {
    const { batchScaling, learningRate, warmup } = getMethod(name).recipes?.imagenet ?? {};
    const at = (batch: number) => peakRate({ batchScaling, learningRate: learningRate as number, batch });
    t.is(at(512), peak, name);
    t.true(Math.abs(at(2048) - 4 * peak) < 1e-12, name);
    for (const epochs of [300, 1000])
      t.is(warmupSteps(warmup as Warmup, { steps: 7 * epochs, epochs }), 70, name);
  }
});

test("every method's recipes name an optimiser and a policy, and values in range", (t) => {
  for (const { name, defaults, recipes } of METHODS as unknown as Method[])
    for (const recipe of RECIPES) {
      const { optimizer, policy } = { ...defaults, ...recipes?.[recipe] };
      t.true(optimizerNames().includes(optimizer as string), name);
      t.not(policy, undefined, name);
    }
});

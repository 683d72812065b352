import { readFileSync } from "node:fs";
import test from "ava";
import { METHODS } from "../../src/methods/registry.js";
import type { Method } from "../../src/methods/types.js";
import { optimizerNames } from "../../src/optimizers/registry.js";
import { kebab } from "../../src/settings/setting.js";
import { RECIPES } from "../../src/settings/training-settings.js";

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

test("every method's recipes name an optimiser and a policy, and values in range", (t) => {
  for (const { name, defaults, recipes } of METHODS as unknown as Method[])
    for (const recipe of RECIPES) {
      const { optimizer, policy } = { ...defaults, ...recipes?.[recipe] };
      t.true(optimizerNames().includes(optimizer as string), name);
      t.not(policy, undefined, name);
    }
});

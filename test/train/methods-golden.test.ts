// The methods beside SimCLR, against implementations of their own in PyTorch: test/golden/torch/make_methods.py.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { methodNames } from "../../src/methods/registry.js";
import { testEngine } from "../engine-under-test.js";
import { assertFiveSteps, methodsWithGolden } from "./five-steps.js";
import { readGolden } from "./golden-steps.js";

const golden = readGolden("methods.json");

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

test("every method has golden steps", (t) => {
  t.deepEqual(methodsWithGolden(), methodNames().sort());
});

for (const run of golden.runs)
  test.serial(`five steps of ${run.method} agree with PyTorch`, (t) => assertFiveSteps(t, golden, run));

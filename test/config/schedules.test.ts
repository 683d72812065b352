// Schedules that a training has no room for are refused by the names of their settings, before anything is opened.
import test from "ava";
import type { Settings } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { checkedPairPlan } from "../../src/run/training-plan.js";
import { settingsFor } from "../../src/steps/settings-for.js";

const DATA = "synthetic:count=40,size=16";
const settle = (values: Partial<Settings>) => settingsFor({ ...values, data: DATA });

test("what the settings say by themselves", async (t) => {
  const refused = async (values: Partial<Settings>, ...names: string[]) => {
    const error = await t.throwsAsync(settle(values), { code: "USAGE" });
    for (const name of names) t.true(error?.message.includes(name), `${name}: ${error?.message}`);
  };
  await refused({ warmup: "10ep", epochs: 10 }, "--warmup 10ep", "--epochs 10");
  await refused({ warmup: "40ep", epochs: 5 }, "--warmup 40ep", "--epochs 5");
  await refused({ minLearningRate: 0.2, learningRate: 0.1 }, "--min-learning-rate", "--learning-rate 0.1");
  const scaled = { minLearningRate: 0.05, learningRate: 0.1, batchScaling: "linear", batch: 64 } as const;
  await refused(scaled, "--min-learning-rate", "--batch-scaling linear", "--batch 64", "0.025");
  await refused({ weightDecay: 0, weightDecayEnd: 0.4 }, "--weight-decay above 0", "--weight-decay-end 0.4");
  await refused({ clipScope: "tensor" }, "--clip-gradient-norm", "--clip-scope tensor");
  await refused({ warmup: "10" as never }, "10ep", "500steps", "warmup");
  await t.notThrowsAsync(settle({ warmup: "9.5ep", epochs: 10, weightDecay: 0.04, weightDecayEnd: 0.4 }));
  await t.notThrowsAsync(settle({ ...scaled, batch: 128, clipScope: "tensor", clipGradientNorm: 3 }));
});

test("what the number of steps says", (t) => {
  const plan = (warmup: string, epochs = "10") => {
    const flags = new Map([
      ["batch", "10"],
      ["epochs", epochs],
      ["warmup", warmup],
    ] as const);
    // f has 4 steps a pass, g 3: the shorter one counts.
    return () => checkedPairPlan(resolveSettings({ flags }), { f: 40, g: 30 });
  };
  for (const [warmup, taken] of [
    ["30steps", 30],
    ["500steps", 500],
    ["9.9ep", 30],
  ] as const)
    t.throws(plan(warmup), {
      code: "USAGE",
      message: new RegExp(`30 steps \\(--epochs 10\\) .*--warmup ${warmup}, which takes ${taken}`),
    });
  t.throws(plan("0.9", "1"), { message: /3 steps \(--epochs 1\).*--warmup 0.9, which takes 3/ });
  for (const warmup of ["29steps", "9.8ep", "0.9", "0"]) t.notThrows(plan(warmup), warmup);
});

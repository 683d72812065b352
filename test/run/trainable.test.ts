// What no training can begin with is refused before a run is opened; what was begun goes on.
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { SettingKey } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { openStore } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { openRun } from "../../src/run/open-run.js";
import { runPaths } from "../../src/run/paths.js";
import { dividedImages } from "../../src/steps/divided-images.js";
import { settingsFor } from "../../src/steps/settings-for.js";
import { stepContext } from "../../src/steps/step-context.js";
import { trainEncoders } from "../../src/steps/train.js";
import { checkTrainable } from "../../src/steps/trainable.js";
import { pairIndices, recipeOf, trainEncoder } from "../../src/train/index.js";
import { testEngine } from "../engine-under-test.js";

const STEPS = ["manifest", "split", "train"] as const;
const check = (root: string, flags: Partial<Record<SettingKey, string>>, changes = {}) => {
  const resolved = resolveSettings({
    flags: new Map(Object.entries({ batch: "8", ...flags })) as Map<SettingKey, string>,
  });
  return checkTrainable({ root, resolved, steps: STEPS, force: false, ...changes });
};
const folder = () => mkdtempSync(join(tmpdir(), "sslmem-trainable-"));

test("--accumulate is for losses without other images, unless the training was begun with it", async (t) => {
  const root = folder();
  const error = await t.throwsAsync(check(root, { method: "simclr", accumulate: "2" }), { code: "USAGE" });
  t.regex(error?.message ?? "", /--accumulate 1 with --method simclr.*received 2/);
  t.deepEqual(readdirSync(root), [], "nothing was made");
  await t.notThrowsAsync(check(root, { method: "simclr", accumulate: "1" }));
  for (const method of ["vicreg", "barlow-twins"])
    await t.throwsAsync(check(root, { method, accumulate: "2" }), { message: new RegExp(method) });
  for (const method of ["supervised", "byol", "simsiam", "moco"])
    await t.notThrowsAsync(check(root, { method, accumulate: "4" }), method);
  await t.notThrowsAsync(check(root, { method: "simclr", accumulate: "2" }, { steps: ["score"] }));
  // f of an earlier version has a checkpoint; g is to be trained as f was.
  const { encoder } = runPaths(root);
  mkdirSync(encoder("f", 0), { recursive: true });
  writeFileSync(join(encoder("f", 0), "latest"), "");
  await t.notThrowsAsync(check(root, { method: "simclr", accumulate: "2" }));
  await t.throwsAsync(check(root, { method: "simclr", accumulate: "2" }, { force: true }), { code: "USAGE" });
});

test("a program that trains a run is refused as the command is, and goes on with one that was begun", async (t) => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  const root = join(folder(), "run");
  const sizes = { shared: 8, candidate: 4, independent: 4, external: 4, batch: 4, imageSize: 16 };
  const resolved = await settingsFor({
    ...{ data: "synthetic:count=24,test=6,size=16,seed=4", arch: "resnet9", method: "simclr" },
    ...{ engine: testEngine, precision: "fp32", accumulate: 2, stopAfter: 0, ...sizes },
  });
  const run = await openRun({ root, resolved, steps: STEPS, force: false, shard: null, command: "test" });
  const context = stepContext(run);
  const images = await dividedImages(context);
  await t.throwsAsync(trainEncoders(context, images, ["f"]), {
    message: /--accumulate 1 with --method simclr/,
  });
  // g is all that an earlier version has begun.
  const store = await openStore(images.store);
  await trainEncoder({
    ...{ ...recipeOf(resolved.settings, 0, "g"), role: "g", store, partsAsBegun: true, stopAfterSteps: 0 },
    ...{ directory: run.paths.encoder("g", 0), indices: pairIndices(images.split).g },
  });
  await store.close();
  await t.notThrowsAsync(trainEncoders(context, images, ["f"]));
  await run.release();
});

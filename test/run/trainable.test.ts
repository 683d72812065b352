// What no training can begin with is refused before a run is opened; what was begun goes on.
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { SettingKey } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { runPaths } from "../../src/run/paths.js";
import { checkTrainable } from "../../src/steps/trainable.js";

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

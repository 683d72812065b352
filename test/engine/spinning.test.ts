import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { engineDriver } from "../../src/engine/index.js";

const torch = engineDriver("torch").missing() === null ? test : test.skip;

/** What OpenMP says of its settings when an engine's library loads it. */
async function openmpSettings(own: Record<string, string>): Promise<string> {
  const script = fileURLToPath(new URL("./embeddings.js", import.meta.url));
  const { GOMP_SPINCOUNT: _, OMP_WAIT_POLICY: __, ...env } = process.env;
  const { stderr } = await promisify(execFile)(process.execPath, [script, "torch", "resnet9"], {
    env: { ...env, ...own, OMP_DISPLAY_ENV: "VERBOSE" },
    maxBuffer: 1 << 24,
  });
  return stderr;
}

torch("threads of OpenMP spin for a short while, unless the user says how long", async (t) => {
  t.regex(await openmpSettings({}), /GOMP_SPINCOUNT = '10000'/);
  t.regex(await openmpSettings({ GOMP_SPINCOUNT: "77" }), /GOMP_SPINCOUNT = '77'/);
  t.notRegex(await openmpSettings({ OMP_WAIT_POLICY: "passive" }), /GOMP_SPINCOUNT = '10000'/);
});

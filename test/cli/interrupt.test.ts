// Signals: the step is finished, the state saved, the exit status says which signal it was, and the same command goes on.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { resolveSettings } from "../../src/config/resolve.js";
import { writeRecord } from "../../src/run/record.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const ARGUMENTS =
  "audit synthetic:count=60,size=16,seed=1 --limit 40 --image-size 16 --batch 10 --epochs 40 --views 2";

function start(
  run: string,
  line = ARGUMENTS,
): {
  child: ChildProcess;
  ended: Promise<{ code: number | null; stderr: string }>;
} {
  const child = spawn(
    process.execPath,
    [CLI, ...line.split(" "), ...(line === ARGUMENTS ? ["--run", run] : [])],
    {
      cwd,
      env: { ...process.env, CI: "1" },
    },
  );
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, stderr })),
  );
  return { child, ended };
}

async function trains(run: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!existsSync(join(cwd, run, "f", "metrics.jsonl"))) {
    if (Date.now() > deadline) throw new Error("training did not begin within two minutes");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test.serial(
    `${signal} while f trains: a checkpoint, exit ${status}, and the same command finishes`,
    async (t) => {
      const run = `run-${signal}`;
      const { child, ended } = start(run);
      await trains(run);
      child.kill(signal);
      const { code, stderr } = await ended;
      t.is(code, status, stderr);
      const checkpoints = readdirSync(join(cwd, run, "f")).filter((name) => name.endsWith(".safetensors"));
      t.true(checkpoints.length > 0, `no checkpoint in ${readdirSync(join(cwd, run, "f")).join(", ")}`);
      t.false(existsSync(join(cwd, run, "analysis.json")));
      const again = await start(run).ended;
      t.is(again.code, 0, again.stderr);
      t.true(existsSync(join(cwd, run, "analysis.json")));
    },
  );

  test.serial(`${signal} while one watches: exit ${status}, and the run is left alone`, async (t) => {
    const run = `watched-${signal}`;
    mkdirSync(join(cwd, run));
    const flags = new Map([["data", "synthetic:count=60,size=16,seed=1"] as const]);
    await writeRecord(join(cwd, run, "config.json"), resolveSettings({ flags }));
    const { child, ended } = start(run, `watch ${run} --every-s 600`);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill(signal);
    const { code, stderr } = await ended;
    t.is(code, status, stderr);
    t.regex(stderr, /Stopped watching; the run goes on/);
    t.deepEqual(readdirSync(join(cwd, run)), ["config.json"]);
  });
}

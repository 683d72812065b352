// Signals: the step is finished, the state saved, the exit status says which signal it was, and the same command goes on.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
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
    `${signal} while f trains: one who watches leaves the run alone; a checkpoint, exit ${status}, and the same command finishes`,
    async (t) => {
      const run = `run-${signal}`;
      const { child, ended } = start(run);
      await trains(run);
      const watcher = start(run, `watch ${run} --every-s 60`);
      await new Promise((resolve) => watcher.child.stdout?.once("data", resolve));
      watcher.child.kill(signal);
      const watched = await watcher.ended;
      t.is(watched.code, status, watched.stderr);
      t.regex(watched.stderr, /Stopped watching; the run goes on/);
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
}

// A run that nobody works in any more says how its last command ended, and a watch of it ends as that did.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import test from "ava";
import { createOutput } from "../../src/cli/output.js";
import { describeProgress } from "../../src/cli/progress-lines.js";
import type { Call } from "../../src/cli/verb.js";
import { watch } from "../../src/cli/verbs/watch.js";
import type { SettingKey } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { exitCodeOf, SslMemError } from "../../src/errors.js";
import { lastFailure, type Session } from "../../src/run/environment.js";
import { inRun } from "../../src/run/in-run.js";
import { runPaths } from "../../src/run/paths.js";
import { progressOf } from "../../src/run/progress.js";
import { scoredNetwork } from "../../src/run/scored-network.js";
import { writeCheckpoint } from "../../src/train/checkpoint.js";
import { temporaryDirectory } from "../train/helpers.js";

const resolved = resolveSettings({
  flags: new Map<SettingKey, string>([["data", "synthetic:count=100,test=20,size=16,seed=5"]]),
});

/** A command on a run that ends by what is thrown. */
async function ends(root: string, error?: unknown, signal?: AbortSignal): Promise<void> {
  const options = { root, resolved, steps: ["train"] as const, force: false, shard: null };
  await inRun({ ...options, command: "sslmem train --run it" }, signal, async () => {
    if (error !== undefined) throw error;
  }).catch((thrown: unknown) => {
    if (thrown !== error) throw thrown;
  });
}

/** Exit status of a watch, and what it printed. */
async function watched(root: string): Promise<{ exit: number; text: string }> {
  const out = new PassThrough();
  const call = {
    positional: [root],
    own: { "every-s": "60" },
    output: createOutput("human", out as never, out as never),
    signal: AbortSignal.timeout(50), // one that waits on is told so
  };
  const exit = await watch.run(call as unknown as Call).then(() => 0, exitCodeOf);
  return { exit, text: String(out.read() ?? "") };
}

test.serial("how a command ended is in the run, and a watch ends with its exit code", async (t) => {
  const root = temporaryDirectory();
  await ends(root);
  t.is((await progressOf(root)).ended, null, "it did what it was to do");

  await ends(root, new SslMemError("NUMERIC", "Expected a finite loss.", "--learning-rate 0.01"));
  const diverged = await progressOf(root);
  const { at, ...ended } = diverged.ended ?? t.fail();
  t.deepEqual(ended, {
    command: "sslmem train --run it",
    exit: 5,
    message: "Expected a finite loss.",
    hint: "--learning-rate 0.01",
  });
  t.regex(
    describeProgress(diverged),
    new RegExp(`ended at ${at} with exit 5: Expected a finite loss\\.\n +try: --learning-rate 0\\.01\n`),
  );
  const seen = await watched(root);
  t.is(seen.exit, 5);
  t.regex(seen.text, /the command was: sslmem train --run it/);

  const abort = new AbortController();
  const stop = new SslMemError("INTERRUPTED", "Stopped by SIGTERM.", "again", { signal: "SIGTERM" });
  abort.abort(stop);
  await ends(root, new SslMemError("INTERRUPTED", "Training was interrupted."), abort.signal);
  t.is((await progressOf(root)).ended?.message, "Stopped by SIGTERM.");
  t.is((await watched(root)).exit, 143);

  await ends(root, new TypeError("x is not a function"));
  t.is((await progressOf(root)).ended?.message, "this is a bug: x is not a function");
  t.is((await watched(root)).exit, 1);

  await ends(root);
  t.is((await progressOf(root)).ended, null, "another one began after the failure");
});

test("a command that is killed has not said how it ended; others of its time may have", (t) => {
  const session = (started: string, exit?: number, at = "9", command = "sslmem score") =>
    ({
      started,
      command,
      ...(exit !== undefined && { ended: { at, exit, message: "m", hint: null } }),
    }) as Session;
  t.is(lastFailure([]), null);
  t.is(lastFailure([session("1")])?.exit, null);
  t.is(lastFailure([session("1"), session("2", 0)]), null);
  t.is(lastFailure([session("1", 0), session("2")])?.exit, null);
  // Of two shards one failed before the other was done.
  t.is(lastFailure([session("2", 0), session("1", 4, "3")])?.exit, 4);
  t.is(lastFailure([session("1", 4, "3"), session("4", 0)]), null);
  t.is(lastFailure([session("1", 3, "2", "sslmem localize --run it")]), null, "no step of the run");
});

test("which network was scored is said by the checkpoint", async (t) => {
  const root = temporaryDirectory();
  const paths = runPaths(root);
  const asked = (network: "auto" | "trained") => scoredNetwork(paths, { f: null, network });
  t.is(await asked("auto"), null);
  const none = new Map();
  const point = { step: 7, seconds: 1, configuration: "{}" };
  const array = { shape: [1], data: Float32Array.of(1) };
  const encoder = new Map([["w", array]]);
  const arrays = { encoder, head: none, state: new Map([["state.teacher.w", array]]), optimizer: none };
  await writeCheckpoint(join(root, "f"), { ...point, exports: "", arrays }, 2);
  t.is((await asked("auto"))?.network, "encoder");
  await writeCheckpoint(join(root, "f"), { ...point, exports: "state.teacher.", arrays }, 2);
  const scored = await asked("auto");
  t.is(scored?.network, "state.teacher.");
  t.regex(scored?.sentence ?? "", /copy of each encoder that it calls "teacher"/);
  t.is((await asked("trained"))?.network, "encoder");
});

test("a training that ended between two reports is at the step that it saved", async (t) => {
  const root = temporaryDirectory();
  await ends(root);
  const none = new Map();
  const arrays = { encoder: none, head: none, state: none, optimizer: none };
  const point = { step: 7, seconds: 1, configuration: "{}", exports: "", arrays };
  await writeCheckpoint(join(root, "f"), point, 2);
  t.deepEqual(
    (await progressOf(root)).training.map(({ step }) => step),
    [7, 0],
  );
  writeFileSync(
    join(root, "f", "metrics.jsonl"),
    `${JSON.stringify({ step: 20, epoch: 1, loss: 1, metrics: {}, learningRate: 1, imagesPerSecond: 1 })}\n`,
  );
  t.is((await progressOf(root)).training[0]?.step, 20);
});

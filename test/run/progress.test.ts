import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import test from "ava";
import { describeProgress } from "../../src/cli/progress-lines.js";
import type { SettingKey } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { buildManifest, makeSplit, openSource } from "../../src/data/index.js";
import { runPaths } from "../../src/run/paths.js";
import { progressOf } from "../../src/run/progress.js";
import { writeRecord } from "../../src/run/record.js";
import { temporaryDirectory } from "../train/helpers.js";

const DATA = "synthetic:count=100,test=20,size=16,seed=5";

function line(step: number, loss: number, imagesPerSecond: number): string {
  return `${JSON.stringify({ step, epoch: 1, loss, accuracy: 0.5, learningRate: 0.1, imagesPerSecond })}\n`;
}

test("from the first file to the last: stage, step, loss, speed, time left, parts, processes", async (t) => {
  const root = temporaryDirectory();
  const paths = runPaths(root);
  await t.throwsAsync(progressOf(root), { code: "DATA", message: /no config.json/ });

  const flags = new Map<SettingKey, string>([
    ["data", DATA],
    ["batch", "10"],
    ["epochs", "5"],
    ["scoreBatch", "10"],
    ["parts", "5"],
  ]);
  await writeRecord(paths.config, resolveSettings({ flags }));
  const listing = await progressOf(root);
  t.is(listing.stage, "listing");
  t.notRegex(describeProgress(listing), /step/, "nobody knows yet how many steps there are");

  const manifest = await buildManifest(await openSource(DATA));
  await manifest.write(paths.manifest);
  t.is((await progressOf(root)).stage, "splitting");

  // 70 train f (60 shared, 10 candidates): 7 steps in each of 5 epochs. 100 are scored: 10 batches in 5 parts.
  const split = { seed: 0, scheme: "random", limit: null, stratify: true };
  const sizes = { shared: 60, candidate: 10, independent: 10, external: 20 };
  await makeSplit(manifest, { ...split, ...sizes }).write(paths.split, manifest);
  mkdirSync(join(root, ".locks"));
  writeFileSync(
    join(root, ".locks", "run.lock"),
    JSON.stringify({ pid: process.pid, host: hostname(), started: null, device: "cuda:3" }),
  );
  mkdirSync(paths.encoder("f", 0));
  mkdirSync(paths.encoder("g", 0));
  writeFileSync(
    join(paths.encoder("f", 0), "metrics.jsonl"),
    `${line(10, 4.5, 50)}${line(20, 4.25, 20)}{"step":3`,
  );

  const training = await progressOf(root);
  t.is(training.stage, "training");
  t.deepEqual(
    training.training.map(({ step, steps, loss, imagesPerSecond }) => [step, steps, loss, imagesPerSecond]),
    [
      [20, 35, 4.25, 20],
      [0, 35, null, null],
    ],
  );
  // 15 steps of 10 images at 20 a second; then 35 of g at what f does.
  t.is(training.training[0]?.etaSeconds, 7.5);
  t.is(training.etaSeconds, 7.5 + 17.5);
  t.deepEqual(
    training.workers.map(({ pid, host, shard }) => [pid, host, shard]),
    [[process.pid, hostname(), null]],
  );
  const words = describeProgress(training);
  t.regex(words, /training, 25 s left/);
  t.regex(words, /training f \[=+ +\] step 20 of 35, loss 4\.250, 20 images\/s, 8 s left/);
  t.regex(words, new RegExp(`process ${process.pid} on ${hostname()}, the whole run, device cuda:3, seen`));

  for (const role of ["f", "g"] as const)
    writeFileSync(join(paths.encoder(role, 0), "metrics.jsonl"), line(35, 4, 20));
  mkdirSync(paths.scores);
  for (const [part, time] of [1000, 1010, 1020].entries()) {
    const path = join(paths.scores, `part-0000${part}-of-00005.parquet`);
    writeFileSync(path, "");
    utimesSync(path, time, time);
  }
  const scoring = await progressOf(root);
  t.is(scoring.stage, "scoring");
  // 20 images a part, one part every 10 s, two parts left.
  t.deepEqual(scoring.scoring, [{ pair: 0, done: 3, parts: 5, imagesPerSecond: 2, etaSeconds: 20 }]);
  t.regex(describeProgress(scoring), /scoring \[=+ +\] parts 3 of 5, 2\.0 images\/s, 20 s left/);
  t.notRegex(describeProgress(scoring), /cuda:3:|worker/, "no worker has told anything yet");

  const thread = (worker: number, device: string, parts: number, imagesPerSecond: number | null) =>
    ({ worker, device, parts, images: 20 * parts, imagesPerSecond }) as const;
  const own = [thread(0, "cuda:0", 2, 1.5), thread(1, "cuda:1", 1, 12.4)];
  const others = [thread(0, "cpu", 0, null), thread(1, "cpu", 1, 3)];
  const tell = (name: string, device: string, threads: unknown) =>
    writeFileSync(
      join(root, ".locks", name),
      JSON.stringify({ pid: process.pid, host: hostname(), started: null, device, scoring: threads }),
    );
  tell("run.lock", "cuda:0,cuda:1", own);
  tell("shard-2-of-2.lock", "cpu", others);
  const shared = await progressOf(root);
  t.deepEqual(
    shared.workers.map(({ device, scoring }) => [device, scoring]),
    [
      ["cuda:0,cuda:1", own],
      ["cpu", others],
    ],
  );
  t.deepEqual(
    describeProgress(shared)
      .split("\n")
      .slice(-6)
      .map((line) => line.replace(/, seen .*/, "")),
    [
      `  at work: process ${process.pid} on ${hostname()}, the whole run, device cuda:0,cuda:1`,
      "    cuda:0: parts 2, images 40, 1.5 images/s",
      "    cuda:1: parts 1, images 20, 12 images/s",
      `  at work: process ${process.pid} on ${hostname()}, shard 2-of-2, device cpu`,
      "    worker 0 on cpu: parts 0, images 0",
      "    worker 1 on cpu: parts 1, images 20, 3.0 images/s",
    ],
  );
  rmSync(join(root, ".locks", "shard-2-of-2.lock"));

  for (const part of [3, 4]) writeFileSync(join(paths.scores, `part-0000${part}-of-00005.parquet`), "");
  t.is((await progressOf(root)).stage, "analysing");
  writeFileSync(paths.analysis, "{}");
  t.is((await progressOf(root)).stage, "analysing", "the report is still being written");
  writeFileSync(paths.report, "");
  t.is((await progressOf(root)).stage, "done");

  rmSync(join(root, ".locks"), { recursive: true });
  rmSync(paths.report);
  t.is((await progressOf(root)).stage, "done", "a run that was made before there were reports");
});

test("an encoder that has collapsed is told, from its metrics alone", async (t) => {
  const paths = runPaths(temporaryDirectory());
  const flags = new Map<SettingKey, string>([
    ["data", DATA],
    ["epochs", "5"],
  ]);
  await writeRecord(paths.config, resolveSettings({ flags }));
  mkdirSync(paths.encoder("g", 0));
  const spreads = [0.4, 0.003, 0.002, 0.001].map((spread, i) =>
    JSON.stringify({ ...JSON.parse(line(10 * i + 10, 4, 50)), metrics: { spread } }),
  );
  writeFileSync(join(paths.encoder("g", 0), "metrics.jsonl"), `${spreads.join("\n")}\n`);
  const progress = await progressOf(paths.root);
  t.deepEqual(
    progress.training.map(({ collapse }) => collapse !== null),
    [false, true],
  );
  t.regex(
    describeProgress(progress),
    /training g .*step 40.*\n {4}warning: At step 40 .* 0\.0010 .*collapsed\./,
  );
});

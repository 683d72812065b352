// A share of the damaged files through the real command line: exit status and words as a person meets them.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../setup/paths.mjs";
import { damagedCase } from "./cases.mjs";
import { seedsOf } from "./kinds.mjs";
import { randomOf } from "./random.mjs";
import { images } from "./small-files.mjs";
import { damage } from "./structured.mjs";

const LIMIT_MS = 120_000;
const TRAINING = [
  "--epochs",
  "1",
  "--batch",
  "8",
  "--image-size",
  "16",
  "--engine",
  "tensorflow",
  "--no-cache-images",
];
const DATA = "synthetic:count=40,test=8,size=16,seed=3";

/** Runs sslmem; {status, signal, stdout, stderr}. Its cache lies in `folder`, too. */
function sslmem(folder, args) {
  return spawnSync(process.execPath, [join(root, "dist/src/cli/main.js"), ...args], {
    encoding: "utf8",
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
    cwd: folder,
    env: { ...process.env, SSLMEM_CACHE: join(folder, "cache") },
  });
}

/** What is wrong with how a command ended, or null. `names`: one of them stands in its message. */
function wrong({ status, signal, stderr }, names) {
  if (signal !== null) return `ended by ${signal}: ${stderr.slice(-300)}`;
  if (![0, 2, 3].includes(status)) return `exit status ${status}: ${stderr.slice(-600)}`;
  const bug = /this is a bug|\n\s+at .*:\d+:\d+|Unhandled|TypeError|RangeError|\bundefined\b|\[object/.exec(
    stderr,
  );
  if (bug !== null) return `exit status ${status}, with the words of a bug: ${stderr.slice(-600)}`;
  if (status !== 0 && !names.some((name) => stderr.includes(name)))
    return `exit status ${status} without one of ${names.join(", ")}: ${stderr.slice(-600)}`;
  return null;
}

let whole = null;
/** A finished run that files are damaged in; made at the first call, in `folder`. */
function wholeRun(folder) {
  if (whole !== null) return whole;
  const path = join(folder, "whole-run");
  const made = sslmem(folder, ["audit", DATA, "--run", path, ...TRAINING, "--views", "4", "--no-progress"]);
  if (made.status !== 0) throw new Error(`no run to damage files of: ${made.stderr}`);
  whole = { path, list: sslmem(folder, ["curate", path]).stdout };
  return whole;
}

const filesUnder = (run, folder, pattern) =>
  readdirSync(join(run, folder))
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));

/** Which file of a run is damaged for a kind, and the commands that then read it. */
const OF_A_RUN = {
  part: (run) => ({
    files: [...filesUnder(run, "scores", /parquet$/), "facts.parquet", "duplicates.parquet"],
    format: "parquet",
    commands: ["curate", "report"],
  }),
  manifest: () => ({ files: ["manifest.parquet"], format: "parquet", commands: ["report", "train"] }),
  split: () => ({ files: ["split.parquet"], format: "parquet", commands: ["train"] }),
  runfile: () => ({
    files: ["config.json", "environment.json", "analysis.json", "report.json", "f/metrics.jsonl"],
    format: "json",
    commands: ["report", "watch", "curate"],
  }),
  checkpoint: (run) => ({
    files: ["f/latest", ...filesUnder(run, "f", /safetensors$/)],
    format: "safetensors",
    commands: ["train"],
  }),
};

const COMMANDS = {
  curate: (run) => ["curate", run],
  report: (run) => ["report", run, "--no-progress"],
  watch: (run) => ["watch", run, "--once"],
  train: (run) => ["train", DATA, "--run", run, ...TRAINING, "--no-progress"],
};

/** A file of a run, damaged. */
function inRun(kind, seed, index, folder) {
  const { path, list } = wholeRun(folder);
  const random = randomOf(seed, kind, "run", index);
  const { files, format, commands } = OF_A_RUN[kind](path);
  const file = random.pick(files);
  const before = readFileSync(join(path, file));
  const bytes = damage(random, file.endsWith("latest") ? "json" : format, before, [before]);
  const run = join(folder, "run");
  rmSync(run, { recursive: true, force: true });
  cpSync(path, run, { recursive: true });
  writeFileSync(join(run, file), bytes);
  const command = random.pick(commands);
  const result = sslmem(folder, COMMANDS[command](run));
  const finding = wrong(result, [basename(file), "--preset"]);
  const other = command === "curate" && result.status === 0 && result.stdout !== list;
  return {
    bytes,
    damaged: basename(file),
    finding: finding === null ? (other ? "another list was written" : null) : `${command}: ${finding}`,
  };
}

/** A file of a data set, of weights or of settings, damaged. */
async function alone(kind, seed, index, folder) {
  const seeds = await seedsOf(kind, join(folder, "seeds"));
  const { which, bytes } = damagedCase(seeds, kind, seed, index);
  const { files, damaged, read } = seeds[which];
  const data = join(folder, "data");
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  for (const [name, contents] of Object.entries(files))
    writeFileSync(join(data, name), name === damaged ? bytes : contents);
  const run = join(folder, "run");
  rmSync(run, { recursive: true, force: true });
  const split = ["--run", run, "--no-cache-images", "--no-progress"];
  let result;
  if (read === "image") {
    const { png } = await images();
    for (let i = 0; i < 24; i++) writeFileSync(join(data, `${i}.png`), png[i % png.length]);
    result = sslmem(folder, ["split", data, ...split]);
    const isSkipped = existsSync(join(run, "skipped.jsonl"));
    if (result.status !== 0)
      return { bytes, damaged, finding: `exit status ${result.status}: ${result.stderr.slice(-600)}` };
    if (isSkipped && !result.stderr.includes(damaged))
      return { bytes, damaged, finding: `skipped without a word: ${result.stderr}` };
  } else if (read === "config")
    result = sslmem(folder, ["split", DATA, ...split, "--config", join(data, damaged), "--dry-run"]);
  else if (/weights/i.test(read))
    result = sslmem(folder, [
      "embed",
      DATA,
      "--weights",
      join(data, damaged),
      "--engine",
      "tensorflow",
      "--out",
      join(folder, "out.parquet"),
      "--no-progress",
    ]);
  else result = sslmem(folder, ["split", damaged.endsWith(".tar") ? join(data, damaged) : data, ...split]);
  // What is left of so small a data set may be too little to split, which is said of the split.
  return {
    bytes,
    damaged,
    finding: wrong(result, [...Object.keys(files), "--preset", "--data", "DATA", "images"]),
  };
}

/** Tries `count` damaged files of a kind; `report` is told of findings. {tried, found} */
export async function throughCommandLine(kind, count, seed, folder, report) {
  if (kind === "pack" || kind === "listing") return { tried: 0, found: 0 }; // of the cache, which no command names
  mkdirSync(join(folder, "seeds"), { recursive: true });
  let found = 0;
  for (let index = 0; index < count; index++) {
    const { bytes, damaged, finding } =
      OF_A_RUN[kind] === undefined
        ? await alone(kind, seed, index, folder)
        : inRun(kind, seed, index, folder);
    if (finding === null) continue;
    found++;
    report(kind, `cli-${index}`, { damaged }, bytes, finding);
  }
  return { tried: count, found };
}

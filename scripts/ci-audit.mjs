#!/usr/bin/env node
// One short end-to-end audit for CI: exit codes, files, schemas, the invariants of the score, resuming after SIGKILL,
// sharding. Everything through the real command line, in a temporary folder. Prints "N passed, N failed".
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { recompute } from "./recompute.mjs";

const CLI = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const DATA = "synthetic:count=150,size=32,seed=3";
// 120 of the images, in the proportions of the preset: 27 shared, 46 candidates, 46 independent.
const SETTINGS = [
  "--limit",
  "120",
  "--arch",
  "resnet9",
  "--epochs",
  "2",
  "--batch",
  "20",
  "--views",
  "4",
  "--parts",
  "4",
];

const work = mkdtempSync(join(tmpdir(), "sslmem-ci-"));
let passed = 0;
let failed = 0;

function check(what, isTrue, detail = "") {
  if (isTrue) passed++;
  else failed++;
  console.log(
    `${isTrue ? "ok    " : "FAILED"} ${what}${isTrue || detail === "" ? "" : `\n       ${detail}`}`,
  );
}

/** Runs the command line; `killWhen` is asked every 20 ms whether the process is to be killed now. */
function sslmem(args, killWhen) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: work, env: { ...process.env, CI: "1" } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const timer = killWhen && setInterval(() => killWhen() && child.kill("SIGKILL"), 20);
    child.on("close", (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const parts = (run) =>
  readdirSync(join(work, run, "scores"))
    .filter((name) => name.endsWith(".parquet"))
    .sort();
const weights = (run, role) =>
  readdirSync(join(work, run, role))
    .filter((name) => /^step-\d+\.safetensors$/.test(name))
    .sort()
    .at(-1);

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const instance = await DuckDBInstance.create(":memory:");
const db = await instance.connect();
async function rows(sql) {
  const reader = await db.runAndReadAll(sql);
  return reader.getRowObjectsJson();
}
const scoresOf = (run) =>
  rows(`select * from read_parquet('${join(work, run, "scores")}/part-*.parquet') order by "index"`);

const started = performance.now();
console.log(`audit in ${work}`);
const first = await sslmem(["audit", DATA, "--run", "a", ...SETTINGS, "--format", "json"]);
check("audit exits 0", first.code === 0, first.stderr);
if (first.code !== 0) finish();

const printed = JSON.parse(first.stdout);
const analysis = JSON.parse(readFileSync(join(work, "a/analysis.json"), "utf8"));
check("stdout is JSON with a schema", typeof printed.schema === "string", first.stdout.slice(0, 200));
check("analysis.json is sslmem/analysis@1", analysis.schema === "sslmem/analysis@1");
const config = JSON.parse(readFileSync(join(work, "a/config.json"), "utf8"));
check(
  "config.json says where values came from",
  config.settings.epochs.from === "flag" && config.settings.distance.from === "default",
);
check(
  "environment.json names engine and CPU",
  (() => {
    const last = JSON.parse(readFileSync(join(work, "a/environment.json"), "utf8")).sessions.at(-1);
    return last.cpu.length > 0 && last.engine !== null;
  })(),
);
for (const name of [
  "manifest.parquet",
  "split.parquet",
  "sheet.png",
  "report.html",
  "report.json",
  "f/latest",
  "g/latest",
  "f/metrics.jsonl",
  "g/metrics.jsonl",
]) {
  check(`${name} is there`, existsSync(join(work, "a", name)) && statSync(join(work, "a", name)).size > 0);
}
check(
  "no temporary file is left",
  readdirSync(join(work, "a"), { recursive: true }).every((name) => !String(name).endsWith(".tmp")),
);
const report = JSON.parse(readFileSync(join(work, "a/report.json"), "utf8"));
check(
  "report.json is sslmem/report@1 and has the analysis",
  report.schema === "sslmem/report@1" && same(report.analysis, analysis),
);
const page = readFileSync(join(work, "a/report.html"), "utf8");
check(
  "report.html has pictures and no script",
  page.includes("data:image/webp") && !page.includes("<script"),
);
const plain = await sslmem(["report", "a", "--no-images", "--format", "quiet"]);
check(
  "report --no-images writes it again, without pictures",
  plain.code === 0 && !readFileSync(join(work, "a/report.html"), "utf8").includes("data:image"),
  plain.stderr,
);
const watched = await sslmem(["watch", "a", "--once", "--format", "json"]);
check(
  "watch says that it is done",
  watched.code === 0 && JSON.parse(watched.stdout).stage === "done",
  watched.stdout + watched.stderr,
);
const { compared, faults } = await recompute(join(work, "a"));
check(
  `page, report.json and analysis.json say what other SQL makes of the score parts (${compared} figures)`,
  compared > 300 && faults.length === 0,
  faults.join("\n       "),
);
check("four score parts", parts("a").length === 4, parts("a").join(", "));

const scored = await scoresOf("a");
check(
  "columns of the score rows",
  [
    "index",
    "id",
    "subset",
    "label",
    "lf",
    "lg",
    "lf_se",
    "lg_se",
    "memorization",
    "sslmem",
    "se",
    "pair",
  ].every((name) => name in (scored[0] ?? {})),
  Object.keys(scored[0] ?? {}).join(", "),
);
const counts = await rows(
  `select subset, count(*)::int n from read_parquet('${join(work, "a/split.parquet")}') where subset is not null group by 1 order by 1`,
);
const scoredCounts = Object.entries(Object.groupBy?.(scored, (r) => r.subset) ?? group(scored))
  .map(([subset, list]) => ({ subset, n: list.length }))
  .sort((x, y) => (x.subset < y.subset ? -1 : 1));
check(
  "every image of the split is scored once",
  JSON.stringify(counts) === JSON.stringify(scoredCounts),
  `${JSON.stringify(counts)} ${JSON.stringify(scoredCounts)}`,
);
// sslmem and memorization are stored as float64 of float64 sums: half an ulp per operation, three operations.
const near = (a, b) => Math.abs(a - b) <= 4 * Number.EPSILON * Math.max(1, Math.abs(a));
check(
  "memorization = lg - lf",
  scored.every((r) => near(r.memorization, r.lg - r.lf)),
);
check(
  "sslmem = (lg - lf) / (lg + lf), in [-1, 1]",
  scored.every((r) => near(r.sslmem, (r.lg - r.lf) / (r.lg + r.lf)) && Math.abs(r.sslmem) <= 1),
);
check(
  "alignment losses are positive and finite",
  scored.every((r) => r.lf > 0 && r.lg > 0 && Number.isFinite(r.lf + r.lg)),
);
check(
  "f and g differ",
  sha256(join(work, "a/f", weights("a", "f"))) !== sha256(join(work, "a/g", weights("a", "g"))),
);

const before = parts("a").map((name) => statSync(join(work, "a/scores", name)).mtimeMs);
const again = await sslmem(["audit", DATA, "--run", "a", ...SETTINGS, "--format", "quiet"]);
check("the same command again exits 0", again.code === 0, again.stderr);
check(
  "and does nothing twice",
  parts("a").every((name, i) => statSync(join(work, "a/scores", name)).mtimeMs === before[i]),
);

const over = await sslmem([
  "audit",
  DATA,
  "--run",
  "a",
  ...SETTINGS,
  "--fail-over",
  "0.99:-1",
  "--format",
  "json",
]);
check(
  "over the limit of --fail-over: exit 6, with the result",
  over.code === 6 && JSON.parse(over.stdout).fail_over.above === 46,
  over.stderr,
);
const under = await sslmem([
  "audit",
  DATA,
  "--run",
  "a",
  ...SETTINGS,
  "--fail-over",
  "1:-1",
  "--format",
  "quiet",
]);
check("at the limit: exit 0", under.code === 0, under.stderr);

const changed = await sslmem(["audit", DATA, "--run", "a", ...SETTINGS, "--views", "6"]);
check(
  "changed settings: exit 2, named",
  changed.code === 2 && changed.stderr.includes("views 4 (now 6)"),
  changed.stderr,
);

mkdirSync(join(work, "b"));
for (const name of ["config.json", "manifest.parquet", "split.parquet", "f", "g"])
  cpSync(join(work, "a", name), join(work, "b", name), { recursive: true });
const half1 = await sslmem(["score", "--run", "b", "--shard", "1/2"]);
check(
  "shard 1/2 exits 0 and writes half of the parts",
  half1.code === 0 && parts("b").length === 2,
  half1.stderr,
);
const half2 = await sslmem(["score", "--run", "b", "--shard", "2/2"]);
check("shard 2/2 exits 0 and writes the rest", half2.code === 0 && parts("b").length === 4, half2.stderr);
check(
  "two shards give the very same numbers",
  JSON.stringify(await scoresOf("b")) === JSON.stringify(scored),
);

const kill = () => existsSync(join(work, "c/g/metrics.jsonl"));
const killed = await sslmem(["audit", DATA, "--run", "c", ...SETTINGS, "--checkpoint-steps", "1"], kill);
check("killed with SIGKILL while g trained", killed.signal === "SIGKILL", `code ${killed.code}`);
const resumed = await sslmem(["audit", DATA, "--run", "c", ...SETTINGS, "--checkpoint-steps", "1"]);
check("the same command goes on after SIGKILL", resumed.code === 0, resumed.stderr);
for (const role of ["f", "g"]) {
  const [x, y] = ["a", "c"].map((run) => sha256(join(work, run, role, weights(run, role))));
  check(`${role} has the same bits as without the interruption`, x === y);
}
check("and the scores are the same numbers", JSON.stringify(await scoresOf("c")) === JSON.stringify(scored));

mkdirSync(join(work, "empty"));
const exits = [
  ["an empty folder: exit 3", ["audit", "empty"], 3],
  ["a missing path: exit 3", ["audit", "nowhere"], 3],
  ["a slip in a flag: exit 2", ["audit", DATA, "--epohcs", "2"], 2],
  [
    "a device that is not here: exit 4",
    ["audit", DATA, "--run", "d", "--engine", "torch", "--device", "cuda:7"],
    4,
  ],
];
for (const [what, args, code] of exits) {
  const outcome = await sslmem(args);
  check(
    what,
    outcome.code === code && /^sslmem: Expected|^sslmem: The torch engine/m.test(outcome.stderr),
    `exit ${outcome.code}: ${outcome.stderr}`,
  );
}
finish();

function group(list) {
  const groups = {};
  for (const row of list) {
    groups[row.subset] ??= [];
    groups[row.subset].push(row);
  }
  return groups;
}

function finish() {
  if (failed === 0) rmSync(work, { recursive: true });
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

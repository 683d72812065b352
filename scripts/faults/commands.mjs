// The small audit that mishaps are tried on: its commands, and what they make, as hashes that a mishap must not change.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const DATA = "synthetic:count=40,size=16,seed=3";
const IMAGES = ["--image-size", "16", "--arch", "resnet9"];
const SETTINGS = [
  DATA,
  "--run",
  "run",
  ...IMAGES,
  "--epochs",
  "2",
  "--batch",
  "8",
  "--views",
  "2",
  "--parts",
  "3",
];
const TRAINING = ["--checkpoint-steps", "2", "--workers", "1", "--no-progress"];

/** Words before which a command is refused or has failed for a reason that people are told; never 1 and no signal. */
export const DOCUMENTED = [0, 2, 3, 4, 5];

/**
 * What is tried: `needs` names the command whose result it starts from (null: nothing), `args` the command line, `made` the
 * hashes of what it makes in a workspace.
 */
export function commandsOf(engine) {
  const on = ["--engine", engine, "--device", "cpu"];
  return {
    audit: { needs: null, args: ["audit", ...SETTINGS, ...TRAINING, ...on], made: ofRun },
    split: {
      needs: null,
      args: ["split", ...SETTINGS.slice(0, 3), "--no-progress"],
      made: ofRun,
    },
    train: {
      needs: null,
      args: ["train", ...SETTINGS.slice(0, -4), ...TRAINING.slice(0, 2), "--no-progress", ...on],
      made: ofRun,
    },
    score: {
      needs: "train",
      args: [
        "score",
        "--run",
        "run",
        "--views",
        "2",
        "--parts",
        "3",
        "--workers",
        "1",
        "--no-progress",
        ...on,
      ],
      made: ofRun,
    },
    report: { needs: "audit", args: ["report", "run", "--no-progress"], made: ofRun },
    localize: { needs: "audit", args: ["localize", "--run", "run", "--no-progress", ...on], made: ofRun },
    embed: {
      needs: "audit",
      args: [
        "embed",
        DATA,
        ...IMAGES,
        "--weights",
        "run/f/WEIGHTS",
        "--out",
        "out/e.parquet",
        "--no-progress",
        ...on,
      ],
      made: async (folder) => ({ embeddings: await rowsOf(join(folder, "out", "e.parquet"), "id") }),
    },
    probe: {
      needs: "audit",
      args: ["probe", "--run", "run", "--out", "out/p.json", "--methods", "knn", "--no-progress", ...on],
      made: (folder) => {
        const { encoders } = JSON.parse(readFileSync(join(folder, "out", "p.json"), "utf8"));
        return { probe: encoders.map(({ results }) => results) };
      },
    },
    curate: { needs: "audit", args: ["curate", "run", "--out", "out/ids.txt"], made: ofFolder("out") },
    views: {
      needs: null,
      args: ["views", DATA, "--image-size", "16", "--views", "2", "--out", "out"],
      made: ofFolder("out"),
    },
    "views as an array": {
      needs: null,
      args: ["views", DATA, "--image-size", "16", "--views", "2", "--out", "out", "--format", "npy"],
      made: ofFolder("out"),
    },
    compare: { needs: "audit", args: ["compare", "run", "run/scores", "--plot", "out/plot.svg"], made: null },
  };
}

const sha256 = (content) => createHash("sha256").update(content).digest("hex").slice(0, 16);

/** Weights, scores and points of a run, as far as they are there. */
async function ofRun(folder) {
  const run = join(folder, "run");
  const made = {};
  for (const role of ["f", "g"]) {
    const weights = weightsOf(run, role);
    if (weights !== undefined) made[role] = sha256(readFileSync(join(run, role, weights)));
  }
  if (existsSync(join(run, "split.parquet"))) made.split = await rowsOf(join(run, "split.parquet"), "1");
  if (existsSync(join(run, "scores")))
    made.scores = await rowsOf(join(run, "scores", "*.parquet"), "pair, index");
  if (existsSync(join(run, "points.parquet")))
    made.points = await rowsOf(join(run, "points.parquet"), "index");
  if (existsSync(join(run, "localize.json")))
    made.localize = await rowsOf(join(run, "localize", "layers.parquet"), "ALL");
  if (existsSync(join(run, "report.json"))) {
    const { written: _, seconds: __, ...report } = JSON.parse(readFileSync(join(run, "report.json"), "utf8"));
    made.finding = sha256(JSON.stringify(report.finding));
    made.page = readFileSync(join(run, "report.html"), "utf8").trimEnd().endsWith("</html>");
  }
  return made;
}

/** Name of the newest weights of an encoder. */
const weightsOf = (run, role) =>
  existsSync(join(run, role))
    ? readdirSync(join(run, role))
        .filter((name) => /^step-\d+\.safetensors$/.test(name))
        .sort()
        .at(-1)
    : undefined;

const ofFolder = (name) => (folder) =>
  Object.fromEntries(
    readdirSync(join(folder, name))
      .filter((file) => !file.startsWith("."))
      .sort()
      .map((file) => [file, sha256(readFileSync(join(folder, name, file)))]),
  );

let connection;

/** Hash of all rows of a table in order. */
async function rowsOf(path, order) {
  connection ??= await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}') ORDER BY ${order}`);
  const text = JSON.stringify(reader.getRows(), (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return `${reader.currentRowCount}:${sha256(text)}`;
}

/** A workspace: a folder with a cache and a folder for temporary files of its own, as `from` has it, or empty. */
export function workspace(folder, from = null) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "tmp"), { recursive: true });
  if (from !== null) cpSync(from, folder, { recursive: true });
  return folder;
}

/**
 * Runs a command line in a workspace: { code, signal, stdout, stderr, seconds }.
 *
 * @param during given the child; its promise is waited for, too
 */
export function sslmem(folder, args, env = {}, during = async () => {}) {
  const began = performance.now();
  const line = args.map((word) => word.replace("WEIGHTS", () => weightsOf(join(folder, "run"), "f")));
  return new Promise((done) => {
    const child = spawn(process.execPath, [CLI, ...line], {
      cwd: folder,
      env: {
        ...process.env,
        CI: "1",
        SSLMEM_CACHE: join(folder, "cache"),
        TMPDIR: join(folder, "tmp"),
        ...env,
      },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    const limit = setTimeout(() => child.kill("SIGKILL"), 300_000);
    const ended = new Promise((ends) => child.on("close", (code, signal) => ends({ code, signal })));
    Promise.all([ended, during(child)]).then(([end]) => {
      clearTimeout(limit);
      done({ ...end, stdout, stderr, seconds: (performance.now() - began) / 1000 });
    });
  });
}

// The small audit that mishaps are tried on: its commands, and what they make, as hashes that a mishap must not change.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as setTimer } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import sharp from "sharp";

const CLI = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const IMAGES = ["--image-size", "16", "--arch", "resnet9"];
const settingsOf = (data) => [
  data,
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

/** Images and their sizes in pixels; as many as the audit needs for its parts. */
const [CLASSES, OF_A_CLASS, SIZE] = [4, 10, 16];
/** A listing is kept only of files that have not changed for 2.5 s (src/data/stamp.ts). */
const SETTLED_MS = 3000;

/**
 * Makes a folder of small PNG images of random pixels, in folders of classes, and waits until a listing of them is kept: files
 * are read by another reader than synthetic images, and their listing and digests are written into the cache.
 */
export async function imageFolder(folder) {
  const random = randomFrom(3);
  for (let label = 0; label < CLASSES; label++) {
    mkdirSync(join(folder, `class-${label}`), { recursive: true });
    for (let i = 0; i < OF_A_CLASS; i++) {
      const pixels = Uint8Array.from({ length: SIZE * SIZE * 3 }, () => 256 * random());
      const image = sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } });
      await image.png().toFile(join(folder, `class-${label}`, `${i}.png`));
    }
  }
  await setTimer(SETTLED_MS);
  return folder;
}

/** Throws unless a workspace's cache holds what is kept of a data set: else mishaps of that writing are not tried. */
export function checkKept(folder) {
  for (const ending of [".listing", ".known"])
    if (!readdirSync(join(folder, "cache"), { recursive: true }).some((name) => name.endsWith(ending)))
      throw new Error(`the audit kept no ${ending} in its cache: what is tried is not all that it writes`);
}

/** Numbers in [0, 1) out of a seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What is tried on a folder of images: `needs` names the command whose result it starts from (null: nothing), `args` the command line, `made` the
 * hashes of what it makes in a workspace, given that and what it printed.
 */
export function commandsOf(engine, data) {
  const settings = settingsOf(data);
  const on = ["--engine", engine, "--device", "cpu"];
  return {
    audit: { needs: null, args: ["audit", ...settings, ...TRAINING, ...on], made: ofRun },
    split: {
      needs: null,
      args: ["split", ...settings.slice(0, 3), "--no-progress"],
      made: ofRun,
    },
    train: {
      needs: null,
      args: ["train", ...settings.slice(0, -4), ...TRAINING.slice(0, 2), "--no-progress", ...on],
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
        data,
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
      args: ["views", data, "--image-size", "16", "--views", "2", "--out", "out"],
      made: ofFolder("out"),
    },
    "views as an array": {
      needs: null,
      args: ["views", data, "--image-size", "16", "--views", "2", "--out", "out", "--format", "npy"],
      made: ofFolder("out"),
    },
    compare: {
      needs: "audit",
      args: ["compare", "run", "run/scores", "--plot", "out/plot.svg"],
      made: (folder, printed) => ({ ...ofFolder("out")(folder), printed: sha256(printed) }),
    },
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

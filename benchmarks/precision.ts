// Does bf16 train what float32 trains? `node dist/benchmarks/precision.js DATA [--seeds 3] [--runs torch:fp32,torch:bf16]
// [--images 800] [--test 1000] [--epochs 8] [--arch resnet9] [--image-size 32] [--out FILE]` trains an encoder (SimCLR) for
// each seed and each engine and precision, in processes of their own, and compares the last epoch's loss and the kNN
// accuracy on test images that no run has seen. A run's numbers are functions of its seed (one thread), so the machine's load does not
// matter. Prints a table; --out writes benchmarks/results/-style JSON.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import quantile from "@stdlib/stats-base-dists-t-quantile";
import { buildManifest, decodingStore, openSource } from "../src/data/index.js";
import { type EngineName, openEngine, type Precision } from "../src/engine/index.js";
import { knnAccuracy, labelledRepresentations } from "../src/evaluate/index.js";
import { purposes, randomPermutation } from "../src/native/index.js";
import { getArchitecture, loadEncoder } from "../src/nn/index.js";
import { trainEncoder } from "../src/train/index.js";
import { benchmarkContext } from "./context.js";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "3" },
    runs: { type: "string", default: "torch:fp32,torch:bf16" },
    images: { type: "string", default: "800" },
    test: { type: "string", default: "1000" },
    epochs: { type: "string", default: "8" },
    batch: { type: "string", default: "50" },
    arch: { type: "string", default: "resnet9" },
    "image-size": { type: "string", default: "32" },
    out: { type: "string" },
    trial: { type: "string" },
  },
});
const data = positionals[0] as string;
const NEIGHBOURS = 20;

interface Outcome {
  run: string;
  seed: number;
  loss: number;
  knn: number;
  seconds: number;
}

/** One training; `trial` is engine:precision:seed. */
async function trial(name: string): Promise<Outcome> {
  const [engine, precision, seed] = name.split(":") as [EngineName, Precision, string];
  await openEngine({ engine, precision, device: "cpu", threads: 1 });
  const source = await openSource(data);
  const store = decodingStore(await buildManifest(source), source);
  const drawn = (part: string, count: number, sample: number) => {
    const all = Array.from({ length: store.manifest.count }, (_, i) => i).filter(
      (i) => store.manifest.entry(i).part === part,
    );
    const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample, view: 0 };
    const order = randomPermutation(key, new Uint32Array(all.length)).subarray(0, count);
    return Uint32Array.from(order, (i) => all[i] as number).sort();
  };
  const indices = drawn("train", Number(flags.images), 0);
  const test = drawn("test", Number(flags.test), 1);
  const directory = mkdtempSync(join(tmpdir(), "sslmem-precision-"));
  const began = performance.now();
  try {
    const batch = Number(flags.batch);
    const imageSize = Number(flags["image-size"]);
    const { weights, loss } = await trainEncoder({
      architecture: flags.arch,
      method: "simclr",
      policy: "simclr",
      imageSize,
      batch,
      epochs: Number(flags.epochs),
      optimizer: "sgd",
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 1e-4,
      warmup: 0.1,
      temperature: 0.5,
      seed: Number(seed),
      orderSeed: Number(seed),
      projectorHidden: null,
      projectorDim: 128,
      projectorNorm: true,
      role: "f",
      directory,
      indices,
      store,
      checkpointEveryMinutes: null,
      reportEverySteps: Math.floor(indices.length / batch), // so that the last report is the last epoch's mean
    });
    const seconds = (performance.now() - began) / 1000;
    const encoder = await loadEncoder(getArchitecture(flags.arch), weights, { imageSize, pooling: "pooled" });
    const known = await labelledRepresentations(store, encoder, indices, { imageSize });
    const asked = await labelledRepresentations(store, encoder, test, { imageSize });
    const { accuracy } = knnAccuracy(known, asked, NEIGHBOURS);
    return {
      run: `${engine}:${precision}`,
      seed: Number(seed),
      loss: loss as number,
      knn: accuracy,
      seconds,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Mean, standard deviation (n − 1) and values. */
function summary(list: readonly number[]) {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const sd = Math.sqrt(list.reduce((a, b) => a + (b - mean) ** 2, 0) / (list.length - 1));
  return { n: list.length, mean, sd, values: list };
}

/** Difference of two runs' means, seed by seed, with Student's 95 % interval. */
function difference(a: readonly number[], b: readonly number[]) {
  const { n, mean, sd } = summary(a.map((value, i) => value - (b[i] as number)));
  const half = (quantile(0.975, n - 1) * sd) / Math.sqrt(n);
  return { mean, sd, n, interval95: [mean - half, mean + half] };
}

async function compare(): Promise<void> {
  const runs = flags.runs.split(",");
  const outcomes: Outcome[] = [];
  for (let seed = 0; seed < Number(flags.seeds); seed++) {
    for (const run of runs) {
      const script = fileURLToPath(import.meta.url);
      const args = [script, ...process.argv.slice(2), "--trial", `${run}:${seed}`];
      const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
      const outcome = JSON.parse(stdout.trim().split("\n").at(-1) as string) as Outcome;
      outcomes.push(outcome);
      console.log(
        `${run} seed ${seed}: loss ${outcome.loss.toFixed(4)}, kNN ${(100 * outcome.knn).toFixed(1)} %, ${outcome.seconds.toFixed(0)} s`,
      );
    }
  }
  const of = (run: string, what: "loss" | "knn") =>
    outcomes.filter((outcome) => outcome.run === run).map((outcome) => outcome[what]);
  const [first, ...others] = runs as [string, ...string[]];
  const { trial: _, out, ...settings } = flags;
  const result = {
    ...benchmarkContext("sslmem/precision@1"),
    data: data.split("/").at(-1),
    settings: { ...settings, neighbours: NEIGHBOURS },
    runs: Object.fromEntries(
      runs.map((run) => [run, { loss: summary(of(run, "loss")), knn: summary(of(run, "knn")) }]),
    ),
    differences: Object.fromEntries(
      others.map((run) => [
        `${run} - ${first}`,
        {
          loss: difference(of(run, "loss"), of(first, "loss")),
          knn: difference(of(run, "knn"), of(first, "knn")),
        },
      ]),
    ),
    outcomes,
  };
  console.log(JSON.stringify(result.differences, null, 2));
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
}

if (flags.trial === undefined) await compare();
else console.log(JSON.stringify(await trial(flags.trial)));

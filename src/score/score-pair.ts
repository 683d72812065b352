import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Piscina } from "piscina";
import { Manifest, type Split } from "../data/index.js";
import { deviceList, prepareEngines, scoringDevices } from "../engine/index.js";
import { SslMemError } from "../errors.js";
import { checkGiven } from "../text/given.js";
import { unpackedError } from "./packed-error.js";
import { partIsDone } from "./part.js";
import { planParts } from "./part-plan.js";
import type { PartTask, ScoreContext, ScoreOptions, ScoreResult, WorkerMessage } from "./types.js";
import type { PartOutcome } from "./worker.js";
import { WorkerTally } from "./worker-progress.js";

/**
 * Scores the images of a split (or all) under one encoder pair and writes the rows as part files. Parts that are there
 * already are kept, so that an interrupted call goes on; what a number is does not depend on workers, parts or shards.
 *
 * @throws SslMemError DATA for unreadable weights or images, USAGE for parts of another configuration, NUMERIC for
 *   representations that are not finite, INTERRUPTED when the signal fires (finished parts stay)
 */
export async function scorePair(options: ScoreOptions): Promise<ScoreResult> {
  checkGiven("scorePair", options, [
    "recipe",
    "store.manifest",
    "f",
    "g",
    "pair",
    "directory",
    "parts",
    "engine",
  ]);
  const started = performance.now();
  const { split } = options;
  const given = options.store.manifest;
  const manifest = given instanceof Manifest ? given : Manifest.from(given);
  const images = (split?.used() ?? manifest.used).length;
  const configuration = await describe(options, manifest, split);
  await mkdir(options.directory, { recursive: true });
  const { index, count } = options.shard ?? { index: 0, count: 1 };
  const all = planParts(images, options.recipe.batch, options.parts, options.directory);
  const mine = all.filter((_, part) => part % count === index);
  const open: PartTask[] = [];
  for (const task of mine)
    if (options.force || !(await partIsDone(task.path, configuration))) open.push(task);
  const imagesIn = (tasks: readonly PartTask[]) =>
    tasks.reduce(
      (sum, { first, end }) =>
        sum + Math.min(images, end * options.recipe.batch) - first * options.recipe.batch,
      0,
    );
  const devices = open.length > 0 ? await run(options, manifest, open, configuration, imagesIn(open)) : [];
  return {
    parts: mine.map(({ path }) => path),
    images: imagesIn(mine),
    scored: imagesIn(open),
    devices,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Scores the open parts; the devices that the workers computed on, one for each. */
async function run(
  options: ScoreOptions,
  manifest: Manifest,
  tasks: PartTask[],
  configuration: string,
  total: number,
): Promise<string[]> {
  const { recipe, store, split, f, g, pair, keepViews, engine } = options;
  const devices = options.devices ?? scoringDevices(engine);
  const { onNote, ...views } = options.viewSettings ?? {};
  const stop = new SharedArrayBuffer(4);
  const context: ScoreContext = {
    recipe,
    // In memory that all workers share.
    store: { ...store, manifest: manifest.data() },
    subsets: split?.codes ?? null,
    f,
    g,
    pair,
    keepViews,
    engine,
    devices,
    turns: new SharedArrayBuffer(4),
    views,
    configuration,
    stop,
  };
  const workers = Math.min(options.workers ?? devices.length, tasks.length);
  prepareEngines(engine);
  const pool = new Piscina({
    filename: new URL("./worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    workerData: context,
    atomics: "disabled", // a worker that sleeps in Atomics.wait would not make the next batch's views
  });
  const halt = () => Atomics.store(new Int32Array(stop), 0, 1);
  options.signal?.addEventListener("abort", halt);
  if (options.signal?.aborted) halt();
  const began = performance.now();
  let done = 0;
  const tally = new WorkerTally();
  const tell = () => {
    const imagesPerSecond = (1000 * done) / (performance.now() - began);
    options.onProgress?.({ done, total, imagesPerSecond, workers: tally.workers });
  };
  pool.on("message", (message: WorkerMessage) => {
    tally.hear(message, performance.now());
    if (message.note !== undefined) onNote?.(message.note);
    if (message.scored === undefined) return;
    done += message.scored;
    tell();
  });
  try {
    const results = await Promise.all(
      tasks.map(async (task) => {
        const { worker, error } = (await pool.run(task)) as PartOutcome;
        if (error) {
          halt(); // no use in finishing the others' parts after a fault
          return error;
        }
        tally.finished(worker);
        tell();
        return undefined;
      }),
    );
    const faults = results.filter((error) => error !== undefined);
    const first = faults.find((error) => error.code !== "INTERRUPTED") ?? faults[0];
    if (first !== undefined) throw unpackedError(first);
    return tally.workers.map(({ device }) => device).sort();
  } finally {
    options.signal?.removeEventListener("abort", halt);
    await pool.destroy();
  }
}

/** JSON of everything that the numbers depend on. */
async function describe(options: ScoreOptions, manifest: Manifest, split: Split | null): Promise<string> {
  const [f, g] = await Promise.all([sha256(options.f), sha256(options.g)]);
  const { engine = "auto", precision = "auto" } = options.engine;
  // Which of the GPUs it was, or how many, is no part of a number.
  const device = deviceList(options.engine.device)[0]?.replace(/:\d+$/, "");
  const decode = options.viewSettings?.decode === "nvjpeg" ? { decode: "nvjpeg" } : {};
  const splitHash = split === null ? null : createHash("sha256").update(split.codes).digest("hex");
  const facts = {
    ...options.recipe,
    keepViews: options.keepViews,
    pair: options.pair,
    f,
    g,
    manifest: manifest.hash,
    split: splitHash,
  };
  return JSON.stringify({ ...facts, engine, device, precision, ...decode });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw new SslMemError("DATA", `Expected weights at ${path} but they cannot be read.`, undefined, {
      cause,
    });
  }
  return hash.digest("hex");
}

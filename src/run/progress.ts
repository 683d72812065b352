import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { extent } from "../arrays.js";
import type { Settings } from "../config/all-settings.js";
import { resolveSettings } from "../config/resolve.js";
import { SslMemError } from "../errors.js";
import { planParts } from "../score/part-plan.js";
import { fileList, query } from "../tables/index.js";
import { checkGiven } from "../text/given.js";
import { collapseOf } from "../train/collapse.js";
import { latestStep } from "../train/index.js";
import { readMetrics } from "../train/metrics.js";
import { ENVIRONMENT_SCHEMA, type Failure, lastFailure, type Session } from "./environment.js";
import { readJson } from "./json.js";
import { type RunPaths, runPaths } from "./paths.js";
import { readRecord } from "./record.js";
import { trainingPlan } from "./training-plan.js";
import { type Worker, workersOf } from "./workers.js";

/** How far the training of one encoder is. */
export interface EncoderProgress {
  pair: number;
  encoder: "f" | "g";
  step: number;
  /** Null until the split says how many images there are. */
  steps: number | null;
  loss: number | null;
  imagesPerSecond: number | null;
  etaSeconds: number | null;
  /** What says that it has collapsed, in a sentence; null where nothing does. */
  collapse: string | null;
}

/** How far the scoring under one pair is. */
export interface PairProgress {
  pair: number;
  /** Parts that are there, of how many. */
  done: number;
  parts: number;
  imagesPerSecond: number | null;
  etaSeconds: number | null;
}

/** How far a run is; what `sslmem watch --format json` prints. */
export interface RunProgress {
  schema: "sslmem/progress@1";
  run: string;
  stage: "listing" | "splitting" | "training" | "scoring" | "analysing" | "done";
  /** What the last session that opened an engine says of it. */
  engine: Record<string, string> | null;
  training: EncoderProgress[];
  scoring: PairProgress[];
  /** Processes that have the run, or a shard of it, now. */
  workers: Worker[];
  /** The command that failed, was stopped or was killed, where the run is not done and nobody is at work in it; else null. */
  ended: Failure | null;
  /** Of the stage: what is left of it at the speed of now. */
  etaSeconds: number | null;
}

/**
 * Looks how far a run is, out of its files alone; takes no lock and writes nothing.
 *
 * @param root run directory @throws SslMemError DATA when it is not one, or a file is malformed
 */
export async function progressOf(root: string): Promise<RunProgress> {
  checkGiven("progressOf", { root }, ["root"]);
  const paths = runPaths(root);
  const record = await readRecord(paths.config);
  if (record === null)
    throw new SslMemError(
      "DATA",
      `Expected a run directory but ${root} has no config.json.`,
      "sslmem watch runs/mine",
    );
  const resolved = resolveSettings({ flags: new Map(), recorded: record });
  const { settings } = resolved;
  const environment = await readJson(paths.environment, ENVIRONMENT_SCHEMA);
  const sessions = (environment?.sessions ?? []) as Session[];
  const isForeign = settings.f !== null && settings.g !== null;
  const counts = await countImages(paths, isForeign);
  const plan = counts === null ? null : trainingPlan(resolved, counts.trained);
  const training = isForeign ? [] : await trainingProgress(paths, settings, plan);
  const scoring = counts === null ? [] : await scoringProgress(paths, settings, counts.used);
  const workers = await workersOf(root);
  // Runs of versions that wrote no report end with their analysis.
  const isDone = existsSync(paths.report) || (existsSync(paths.analysis) && workers.length === 0);
  const stage = isDone ? "done" : stageOf(paths, training, scoring, isForeign);
  const etas = stage === "training" ? training : stage === "scoring" ? scoring : [];
  return {
    schema: "sslmem/progress@1",
    run: root,
    stage,
    engine: sessions.findLast(({ engine }) => engine !== null)?.engine ?? null,
    training,
    scoring,
    workers,
    ended: isDone || workers.length > 0 ? null : lastFailure(sessions),
    etaSeconds:
      etas.length === 0 || etas.some(({ etaSeconds }) => etaSeconds === null)
        ? null
        : etas.reduce((sum, { etaSeconds }) => sum + (etaSeconds as number), 0),
  };
}

function stageOf(
  paths: RunPaths,
  training: readonly EncoderProgress[],
  scoring: readonly PairProgress[],
  isForeign: boolean,
): RunProgress["stage"] {
  if (!existsSync(paths.manifest)) return "listing";
  if (!existsSync(paths.split) && !isForeign) return "splitting";
  if (training.some(({ step, steps }) => step !== steps)) return "training";
  return scoring.some(({ done, parts }) => done < parts) ? "scoring" : "analysing";
}

/** Images that f (as g) trains on, and images that are scored; null as long as nobody can say. */
async function countImages(
  { split, manifest }: RunPaths,
  isForeign: boolean,
): Promise<{ trained: number; used: number } | null> {
  if (!existsSync(split)) {
    if (!isForeign || !existsSync(manifest)) return null;
    const [row] = await query(
      `SELECT count(digest)::DOUBLE AS used FROM read_parquet(${fileList(manifest)})`,
    );
    return { trained: 0, used: (row as { used: number }).used };
  }
  const [row] = await query(
    `SELECT count(*) FILTER (subset IN ('shared', 'candidate'))::DOUBLE AS trained, count(*)::DOUBLE AS used
     FROM read_parquet(${fileList(split)})`,
  );
  return row as { trained: number; used: number };
}

async function trainingProgress(
  paths: RunPaths,
  settings: Settings,
  plan: { batch: number; steps: number } | null,
): Promise<EncoderProgress[]> {
  const found: EncoderProgress[] = [];
  for (let pair = 0; pair < settings.pairs; pair++) {
    for (const encoder of ["f", "g"] as const) {
      const directory = paths.encoder(encoder, pair);
      const points = await readMetrics(join(directory, "metrics.jsonl"), settings.method);
      const last = points.at(-1);
      found.push({
        pair,
        encoder,
        // A training that ended between two reports has saved more than it has told.
        step: Math.max(last?.step ?? 0, await latestStep(directory)),
        steps: plan?.steps ?? null,
        loss: last?.loss ?? null,
        imagesPerSecond: last?.imagesPerSecond ?? null,
        etaSeconds: null,
        collapse: collapseOf(points, settings),
      });
    }
  }
  // What has not begun goes, as far as anybody knows, as fast as what has.
  const speed = found.findLast(({ imagesPerSecond }) => imagesPerSecond !== null)?.imagesPerSecond;
  return found.map((one) => ({
    ...one,
    etaSeconds:
      plan === null || speed === undefined
        ? null
        : ((plan.steps - one.step) * plan.batch) / (one.imagesPerSecond ?? (speed as number)),
  }));
}

async function scoringProgress(paths: RunPaths, settings: Settings, images: number): Promise<PairProgress[]> {
  const found: PairProgress[] = [];
  for (let pair = 0; pair < settings.pairs; pair++) {
    const parts = planParts(images, settings.scoreBatch, settings.parts, paths.pairScores(pair));
    const times: number[] = [];
    for (const { path } of parts) {
      const file = await stat(path).catch(() => null);
      if (file !== null) times.push(file.mtimeMs);
    }
    found.push({ pair, done: times.length, parts: parts.length, ...speedOf(times, parts.length, images) });
  }
  const speed = found.findLast(({ imagesPerSecond }) => imagesPerSecond !== null)?.imagesPerSecond ?? null;
  return found.map((one) => ({
    ...one,
    etaSeconds: one.etaSeconds ?? (speed === null ? null : ((1 - one.done / one.parts) * images) / speed),
  }));
}

/** The speed at which parts were finished: all but the first, over the time between the first and the last. */
function speedOf(times: readonly number[], parts: number, images: number) {
  const [first, last] = extent(times);
  const seconds = (last - first) / 1000;
  if (times.length < 2 || !(seconds > 0)) return { imagesPerSecond: null, etaSeconds: null };
  const imagesPerSecond = ((images / parts) * (times.length - 1)) / seconds;
  return { imagesPerSecond, etaSeconds: ((1 - times.length / parts) * images) / imagesPerSecond };
}

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SslMemError } from "../errors.js";
import { checkExactNames, readSafetensors, type StoredTensor, writeSafetensors } from "../nn/index.js";
import { replaceFile } from "../tables/index.js";

const SCHEMA = "sslmem/checkpoint@1";

/** A point from which training goes on. */
export interface Checkpoint {
  /** Steps done. */
  step: number;
  /** Training time so far. */
  seconds: number;
  /** JSON of the recipe and the images, which must not change. */
  configuration: string;
  weights: Map<string, StoredTensor>;
  optimizer: Map<string, StoredTensor>;
}

const stem = (step: number) => `step-${String(step).padStart(8, "0")}`;

/** Path of the weights of the newest complete checkpoint, or null if there is none. */
export async function latestWeights(directory: string): Promise<string | null> {
  const latest = await readLatest(directory);
  return latest === null ? null : join(directory, `${stem(latest.step)}.safetensors`);
}

interface Latest {
  schema: string;
  step: number;
  seconds: number;
  configuration: string;
}

async function readLatest(directory: string): Promise<Latest | null> {
  const path = join(directory, "latest");
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const latest = JSON.parse(text) as Latest;
    if (latest.schema === SCHEMA) return latest;
  } catch {}
  throw new SslMemError(
    "DATA",
    `Expected ${SCHEMA} at ${path} but it is something else.`,
    "--force starts the training over",
  );
}

/** The newest complete checkpoint, or null. Throws SslMemError DATA when one of its files is damaged. */
export async function readCheckpoint(directory: string): Promise<Checkpoint | null> {
  const latest = await readLatest(directory);
  if (latest === null) return null;
  const { step, seconds, configuration } = latest;
  const weights = await readSafetensors(join(directory, `${stem(step)}.safetensors`));
  const optimizer = await readSafetensors(join(directory, `${stem(step)}.optimizer.safetensors`));
  for (const { others } of [weights, optimizer])
    checkExactNames([], [...others.keys()], `the checkpoint in ${directory}`);
  return { step, seconds, configuration, weights: weights.tensors, optimizer: optimizer.tensors };
}

/** Writes a checkpoint, `latest` last, then deletes what is older than the newest `keep`. */
export async function writeCheckpoint(
  directory: string,
  checkpoint: Checkpoint,
  keep: number | "all",
): Promise<string> {
  const { step, seconds, configuration } = checkpoint;
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${stem(step)}.safetensors`);
  await writeSafetensors(join(directory, `${stem(step)}.optimizer.safetensors`), checkpoint.optimizer);
  await writeSafetensors(path, checkpoint.weights, { step: String(step), configuration });
  const latest: Latest = { schema: SCHEMA, step, seconds, configuration };
  await replaceFile(join(directory, "latest"), (temporary) =>
    writeFile(temporary, `${JSON.stringify(latest, null, 2)}\n`),
  );
  if (keep !== "all") await prune(directory, keep);
  return path;
}

async function prune(directory: string, keep: number): Promise<void> {
  const names = await readdir(directory);
  const steps = [...new Set(names.flatMap((name) => /^step-(\d{8})\./.exec(name)?.[1] ?? []))].sort();
  for (const step of steps.slice(0, -keep)) {
    for (const suffix of ["safetensors", "optimizer.safetensors"])
      await rm(join(directory, `step-${step}.${suffix}`), { force: true });
  }
}

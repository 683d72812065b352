import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SslMemError } from "../errors.js";
import { writeJson } from "../files/index.js";
import {
  checkExactNames,
  type DeferredTensor,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from "../nn/index.js";

const SCHEMA = "sslmem/checkpoint@1";

/** A point from which training goes on; its arrays as they are read, or deferred until they are written. */
export interface Checkpoint<Tensor = StoredTensor> {
  /** Steps done. */
  step: number;
  /** Training time so far. */
  seconds: number;
  /** JSON of the recipe and the images, which must not change. */
  configuration: string;
  weights: Map<string, Tensor>;
  optimizer: Map<string, Tensor>;
}

const stem = (step: number) => `step-${String(step).padStart(8, "0")}`;

/** Path of the weights of the newest complete checkpoint, or null if there is none. */
export async function latestWeights(directory: string): Promise<string | null> {
  const latest = await readLatest(directory);
  return latest === null ? null : join(directory, `${stem(latest.step)}.safetensors`);
}

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const latestSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  step: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  configuration: z.string(),
  /** Of the arrays of the two files; checkpoints of earlier versions have none. */
  digests: z.strictObject({ weights: digest, optimizer: digest }).optional(),
  /** SHA-256 (hex) of the JSON of everything else. */
  sha256: digest.optional(),
});
type Latest = z.infer<typeof latestSchema>;

const sha256 = (facts: Latest): string => createHash("sha256").update(JSON.stringify(facts)).digest("hex");

async function readLatest(directory: string): Promise<Latest | null> {
  const path = join(directory, "latest");
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const { sha256: written, ...facts } = latestSchema.parse(JSON.parse(text));
    if (written === undefined || written === sha256(facts)) return facts;
  } catch {}
  throw new SslMemError(
    "DATA",
    `Expected ${SCHEMA} at ${path}, as it was written, but it is something else.`,
    "--force starts the training over",
  );
}

/** The newest complete checkpoint, or null. Throws SslMemError DATA when one of its files is damaged. */
export async function readCheckpoint(directory: string): Promise<Checkpoint | null> {
  const latest = await readLatest(directory);
  if (latest === null) return null;
  const { step, seconds, configuration, digests } = latest;
  const read = async (name: string, digest: string | undefined) => {
    const path = join(directory, name);
    const stored = await readSafetensors(path);
    if (digest === undefined || stored.digest === digest) return stored;
    throw new SslMemError(
      "DATA",
      `Expected the checkpoint of step ${step} as it was written but ${path} is another file.`,
      "--force starts the training over",
    );
  };
  const weights = await read(`${stem(step)}.safetensors`, digests?.weights);
  const optimizer = await read(`${stem(step)}.optimizer.safetensors`, digests?.optimizer);
  for (const { others } of [weights, optimizer])
    checkExactNames([], [...others.keys()], `the checkpoint in ${directory}`);
  return { step, seconds, configuration, weights: weights.tensors, optimizer: optimizer.tensors };
}

/** Writes a checkpoint, array by array, `latest` last, then deletes what is older than the newest `keep`. */
export async function writeCheckpoint(
  directory: string,
  checkpoint: Checkpoint<StoredTensor | DeferredTensor>,
  keep: number | "all",
): Promise<string> {
  const { step, seconds, configuration } = checkpoint;
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${stem(step)}.safetensors`);
  const optimizer = await writeSafetensors(
    join(directory, `${stem(step)}.optimizer.safetensors`),
    checkpoint.optimizer,
  );
  const weights = await writeSafetensors(path, checkpoint.weights, { step: String(step), configuration });
  const facts: Latest = { schema: SCHEMA, step, seconds, configuration, digests: { weights, optimizer } };
  const latest = { ...facts, sha256: sha256(facts) };
  await writeJson(join(directory, "latest"), latest);
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

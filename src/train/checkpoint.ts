import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
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
import { type Arrays, type Namespace, namespaceOf } from "./namespaces.js";

const SCHEMA = "sslmem/checkpoint@2";
/** All arrays but the optimiser's stood in one file. */
const BEFORE = "sslmem/checkpoint@1";

/** A point from which training goes on; its arrays as they are read, or deferred until they are written. */
export interface Checkpoint<Tensor = StoredTensor> {
  /** Steps done. */
  step: number;
  /** Training time so far. */
  seconds: number;
  /** JSON of the recipe and the images, which must not change. */
  configuration: string;
  /** Prefix of the state's arrays that are scored; "" for the encoder's. */
  exports: string;
  arrays: Arrays<Tensor>;
}

/**
 * Files of a checkpoint. `weights` is what is scored, under the encoder's plain names, which PyTorch's users know: no name
 * in it needs telling apart. It is the encoder itself, or where a method exports another network a copy of that one. Arrays
 * that there are none of have no file.
 */
const FILES = {
  weights: "",
  encoder: ".encoder",
  head: ".head",
  state: ".state",
  optimizer: ".optimizer",
} as const;
/** One of the files of a checkpoint. */
export type CheckpointFile = keyof typeof FILES;
type File = CheckpointFile;

const stem = (step: number) => `step-${String(step).padStart(8, "0")}`;
const fileOf = (step: number, file: File) => `${stem(step)}${FILES[file]}.safetensors`;

/** Path of the weights of the newest complete checkpoint, or null if there is none. */
export async function latestWeights(directory: string): Promise<string | null> {
  const latest = await readLatest(directory);
  return latest === null ? null : join(directory, fileOf(latest.step, "weights"));
}

/** The files of a directory's newest checkpoint, or null if there is none. */
export async function filesOf(directory: string): Promise<{
  /** Prefix of the state's arrays that are scored; "" for the encoder's. */
  readonly exports: string;
  /** Whether there is such a file. */
  has(file: CheckpointFile): boolean;
  pathOf(file: CheckpointFile): string;
} | null> {
  const latest = await readLatest(directory);
  if (latest === null) return null;
  const { step, exports = "", digests } = latest;
  return {
    exports,
    has: (file) => digests?.[file] !== undefined,
    pathOf: (file) => join(directory, fileOf(step, file)),
  };
}

/** What the training of a directory's newest checkpoint depends on, or null if there is none. */
export async function latestConfiguration(directory: string): Promise<string | null> {
  return (await readLatest(directory))?.configuration ?? null;
}

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const latestSchema = z.strictObject({
  schema: z.enum([SCHEMA, BEFORE]),
  step: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  configuration: z.string(),
  exports: z.string().optional(),
  /** Of the arrays of each file; the earliest checkpoints have none. */
  digests: z
    .strictObject({
      weights: digest,
      encoder: digest.optional(),
      head: digest.optional(),
      state: digest.optional(),
      optimizer: digest,
    })
    .optional(),
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
    const isWhole = written === undefined ? facts.schema === BEFORE : written === sha256(facts);
    if (isWhole) return facts;
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
  const { schema, step, seconds, configuration, exports = "", digests } = latest;
  const read = async (file: File): Promise<Map<string, StoredTensor>> => {
    const path = join(directory, fileOf(step, file));
    if (!existsSync(path))
      throw new SslMemError(
        "DATA",
        `Expected all files of the checkpoint of step ${step} but there is nothing at ${path}.`,
        `the file; or move ${directory} away, then sslmem train trains this encoder anew`,
      );
    const stored = await readSafetensors(path);
    if (digests !== undefined && stored.digest !== digests[file])
      throw new SslMemError(
        "DATA",
        `Expected the checkpoint of step ${step} as it was written but ${path} is another file.`,
        "--force starts the training over",
      );
    checkExactNames([], [...stored.others.keys()], `the checkpoint in ${directory}`);
    return stored.tensors;
  };
  const optional = async (file: File) => (digests?.[file] === undefined ? new Map() : read(file));
  const optimizer = await read("optimizer");
  const arrays =
    schema === BEFORE
      ? { ...divided(await read("weights")), optimizer }
      : {
          encoder: await read(exports === "" ? "weights" : "encoder"),
          head: await optional("head"),
          state: await optional("state"),
          optimizer,
        };
  return { step, seconds, configuration, exports, arrays };
}

/** The arrays of a file that holds all kinds. */
function divided(all: ReadonlyMap<string, StoredTensor>) {
  const of = (namespace: Namespace) => new Map([...all].filter(([name]) => namespaceOf(name) === namespace));
  return { encoder: of("encoder"), head: of("head"), state: of("state") };
}

/**
 * Refuses weights that the training of this directory did not make: other bytes than `latest` says, or those of an encoder that
 * was trained on other images. Reads the file once.
 *
 * @param images SHA-256 (hex) of the indices that it trains on, as identityOf has it
 * @throws SslMemError DATA naming the file
 */
export async function checkTrained(directory: string, images: string): Promise<void> {
  const latest = await readLatest(directory);
  if (latest === null) return;
  const path = join(directory, fileOf(latest.step, "weights"));
  const hint = `the folder as it was; or move ${directory} away, then sslmem train trains this encoder anew`;
  const trainedOn = (JSON.parse(latest.configuration) as { images?: string }).images;
  if (trainedOn !== images)
    throw new SslMemError(
      "DATA",
      `Expected an encoder in ${directory} that was trained on its images of the split but it was trained on others (are f and g exchanged?).`,
      hint,
    );
  const { digest: found } = await readSafetensors(path, { wanted: () => false });
  if (latest.digests !== undefined && found !== latest.digests.weights)
    throw new SslMemError("DATA", `Expected ${path} as training wrote it but it is another file.`, hint);
}

/** Writes a checkpoint, array by array, `latest` last, then deletes what is older than the newest `keep`. */
export async function writeCheckpoint(
  directory: string,
  { step, seconds, configuration, exports, arrays }: Checkpoint<StoredTensor | DeferredTensor>,
  keep: number | "all",
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const write = (file: File, tensors: ReadonlyMap<string, StoredTensor | DeferredTensor>, metadata = {}) =>
    writeSafetensors(join(directory, fileOf(step, file)), tensors, metadata);
  const { encoder, head, state, optimizer } = arrays;
  const isExported = exports !== "";
  const scored = isExported ? under(exports, state, encoder) : encoder;
  const about = { step: String(step), configuration, ...(isExported && { exports }) };
  const digests = {
    weights: await write("weights", scored, about),
    ...(isExported && { encoder: await write("encoder", encoder) }),
    ...(head.size > 0 && { head: await write("head", head) }),
    ...(state.size > 0 && { state: await write("state", state) }),
    optimizer: await write("optimizer", optimizer),
  };
  const facts: Latest = {
    schema: SCHEMA,
    step,
    seconds,
    configuration,
    ...(isExported && { exports }),
    digests,
  };
  const latest = { ...facts, sha256: sha256(facts) };
  await writeJson(join(directory, "latest"), latest);
  if (keep !== "all") await prune(directory, step, keep);
  return join(directory, fileOf(step, "weights"));
}

/** The network under a prefix, by the encoder's names. */
function under<Tensor>(
  prefix: string,
  state: ReadonlyMap<string, Tensor>,
  encoder: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  return new Map([...encoder.keys()].map((name) => [name, state.get(prefix + name) as Tensor]));
}

/** Deletes all but the newest. What another training left beyond this step, before it was forced to start over, is not newer. */
async function prune(directory: string, step: number, keep: number): Promise<void> {
  const names = await readdir(directory);
  const found = new Set(names.flatMap((name) => /^step-(\d{8})\./.exec(name)?.[1] ?? []));
  const steps = [...found].map(Number).filter((one) => one <= step);
  for (const old of steps.sort((a, b) => a - b).slice(0, -keep)) {
    for (const file of Object.keys(FILES) as File[])
      await rm(join(directory, fileOf(old, file)), { force: true });
  }
}

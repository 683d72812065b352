import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildManifest, decodingStore, type ImageStore, openSource } from "../../src/data/index.js";
import type { StoredTensor } from "../../src/nn/index.js";
import { readCheckpoint } from "../../src/train/checkpoint.js";
import type { TrainOptions } from "../../src/train/index.js";

/** A small recipe that trains in a second or two: ResNet-9 on 16-pixel images. */
export const RECIPE = {
  architecture: "resnet9",
  method: "simclr",
  policy: "simclr",
  imageSize: 16,
  epochs: 3,
  batch: 12,
  optimizer: "sgd" as const,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  warmup: 0.1,
  temperature: 0.5,
  projectorHidden: null,
  projectorDim: 16,
  projectorNorm: true,
  seed: 1,
  orderSeed: 1,
} as const;

/** Forty synthetic images, decoded in this process. */
export async function smallStore(): Promise<ImageStore> {
  const source = await openSource("synthetic:count=40,test=0,size=16,seed=3");
  return decodingStore(await buildManifest(source), source);
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "sslmem-test-"));
}

export function trainOptions(
  store: ImageStore,
  directory: string,
  changes: Partial<TrainOptions> = {},
): TrainOptions {
  const indices = Uint32Array.from({ length: 36 }, (_, i) => i);
  return {
    ...RECIPE,
    role: "f",
    store,
    directory,
    indices,
    checkpointEveryMinutes: null,
    reportEverySteps: 1,
    ...changes,
  };
}

/** Digests of all files of the newest checkpoint, of encoder, head, state and optimiser. @param weights path of its weights */
export const digestsOf = (weights: string): string =>
  JSON.stringify(JSON.parse(readFileSync(join(dirname(weights), "latest"), "utf8")).digests);

/** The arrays of encoder, head and state of a folder's newest checkpoint. */
export async function arraysIn(directory: string): Promise<Map<string, StoredTensor>> {
  const checkpoint = await readCheckpoint(directory);
  if (checkpoint === null) throw new Error(`Expected a checkpoint in ${directory}.`);
  const { encoder, head, state } = checkpoint.arrays;
  return new Map([...encoder, ...head, ...state]);
}

// Trains a small encoder from images to checkpoint; prints the losses and the weights' hash as one JSON line.
// Argument: a Training (train.ts) as JSON.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine, type Precision } from "../../src/engine/index.js";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.js";
import { type TrainOptions, trainEncoder } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { copied } from "../../src/train/namespaces.js";
import { disturbed } from "../engine/disturbance.js";
import { smallStore, trainOptions } from "../train/helpers.js";
import type { Training } from "./train.js";

const training = JSON.parse(process.argv[2] as string) as Training;
const { device, precision, steps, directory, viewsOn = "auto", graphs = "off", deterministic } = training;
await openEngine({
  engine: "torch",
  device,
  precision: precision as Precision,
  deterministic: deterministic ?? false,
});
// So small a rate that a rounding is still no more than a fiftieth of the loss after 20 steps: a difference grows with every one.
const options = trainOptions(await smallStore(), directory, {
  epochs: 7,
  learningRate: 0.001,
  viewsOn,
  cudaGraphs: graphs,
  stopAfterSteps: steps,
});
if (training.disturbance !== undefined) await disturbStart(options, training.disturbance);
const { weights } = await trainEncoder(options);
const losses = readFileSync(join(directory, "metrics.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => (JSON.parse(line) as { loss: number }).loss);
console.log(
  JSON.stringify({ losses, hash: createHash("sha256").update(readFileSync(weights)).digest("hex") }),
);

/** Leaves a checkpoint of no steps to go on from. One step is trained for the configuration that a checkpoint must have. */
async function disturbStart(options: TrainOptions, share: number): Promise<void> {
  await trainEncoder({ ...options, stopAfterSteps: 1 });
  const after = await readCheckpoint(options.directory);
  if (after === null) throw new Error("Expected a checkpoint after one step.");
  const first = new TrainingModel(options);
  const { encoder, head, ...others } = copied(first.arrays());
  first.dispose();
  const moved = (arrays: typeof encoder) => disturbed(new Map(arrays), share);
  const arrays = { ...others, encoder: moved(encoder), head: moved(head) };
  const start = { ...after, step: 0, seconds: 0, arrays };
  await writeCheckpoint(options.directory, start, "all");
}

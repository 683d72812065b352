// Trains a small encoder from images to checkpoint; prints the losses and the weights' hash as one JSON line.
// Argument: a Training (train.ts) as JSON.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine, type Precision } from "../../src/engine/index.js";
import { trainEncoder } from "../../src/train/index.js";
import { smallStore, trainOptions } from "../train/helpers.js";
import type { Training } from "./train.js";

const training = JSON.parse(process.argv[2] as string) as Training;
const { device, precision, steps, directory, viewsOn = "auto", graphs = "off", deterministic } = training;
await openEngine({
  ...{ engine: "torch", device, precision: precision as Precision, deterministic: deterministic ?? false },
});
const { weights } = await trainEncoder(
  // A small rate: what differs between two devices grows with every step.
  trainOptions(await smallStore(), directory, {
    ...{ epochs: 7, learningRate: 0.02, viewsOn, cudaGraphs: graphs, stopAfterSteps: steps },
  }),
);
const losses = readFileSync(join(directory, "metrics.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => (JSON.parse(line) as { loss: number }).loss);
console.log(
  JSON.stringify({ losses, hash: createHash("sha256").update(readFileSync(weights)).digest("hex") }),
);

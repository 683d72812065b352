// Trains a small encoder from images to checkpoint on one device; prints the losses and the weights' hash as one JSON
// line. Arguments: device, precision, steps, folder, and where views are made (auto, host, device).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EngineRequest, openEngine } from "../../src/engine/index.js";
import { trainEncoder } from "../../src/train/index.js";
import type { ViewSettings } from "../../src/views/index.js";
import { smallStore, trainOptions } from "../train/helpers.js";

const [device, precision, steps, directory, viewsOn] = process.argv.slice(2) as [
  string,
  NonNullable<EngineRequest["precision"]>,
  string,
  string,
  NonNullable<ViewSettings["viewsOn"]>,
];
await openEngine({ engine: "torch", device, precision });
const store = await smallStore();
const { weights } = await trainEncoder(
  // A small rate: what differs between two devices grows with every step.
  trainOptions(store, directory, {
    ...{ epochs: 7, learningRate: 0.02, viewsOn, stopAfterSteps: Number(steps) },
  }),
);
const losses = readFileSync(join(directory, "metrics.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => (JSON.parse(line) as { loss: number }).loss);
console.log(
  JSON.stringify({ losses, hash: createHash("sha256").update(readFileSync(weights)).digest("hex") }),
);

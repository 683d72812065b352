// Scoring from decoded images to rows, K = 10; prints one row. Peer: peers/gpu_score_peer.py.
// Arguments: device, precision, architecture, image side, images, batch.
import { join } from "node:path";
import { openSource } from "../../src/data/index.js";
import { type EngineRequest, openEngine } from "../../src/engine/index.js";
import {
  buildNetwork,
  exportWeights,
  getArchitecture,
  initialWeights,
  writeSafetensors,
} from "../../src/nn/index.js";
import { scorePair } from "../../src/score/index.js";
import { packAll } from "../../test/data/reading.js";
import { temporaryFolder } from "../../test/gpu/folder.js";
import { row } from "./row.js";

const [device, precision, architecture, side, count, batch] = process.argv.slice(2) as [
  string,
  NonNullable<EngineRequest["precision"]>,
  string,
  string,
  string,
  string,
];
const root = temporaryFolder();
const data = `synthetic:count=${count},test=0,size=${side}`;
const source = await openSource(data);
const manifest = await packAll(source, join(root, "pack"));
await openEngine({ engine: "torch", device, precision });
const { parameters } = buildNetwork(getArchitecture(architecture), Number(side));
for (const [seed, name] of ["f", "g"].entries())
  await writeSafetensors(join(root, name), exportWeights(parameters, initialWeights(parameters, seed)));

let first: { done: number; at: number } | null = null;
let last = { done: 0, at: 0 };
await scorePair({
  recipe: {
    architecture,
    layer: null,
    pooling: "pooled",
    policy: "simclr",
    imageSize: Number(side),
    views: 10,
    distance: "l2",
    scheme: "pairs",
    normalize: true,
    seed: 0,
    batch: Number(batch),
  },
  store: { manifest, data, packPath: join(root, "pack") },
  split: null,
  f: join(root, "f"),
  g: join(root, "g"),
  pair: 0,
  directory: join(root, "scores"),
  parts: 1,
  shard: null,
  workers: 1,
  keepViews: false,
  engine: { engine: "torch", device, precision },
  onProgress({ done }) {
    last = { done, at: performance.now() };
    first ??= last; // start-up and the first batch do not count
  },
});
const begun = first as unknown as { done: number; at: number };
row({
  row: "score",
  unit: "images/s",
  n: last.done - begun.done,
  value: (1000 * (last.done - begun.done)) / (last.at - begun.at),
});

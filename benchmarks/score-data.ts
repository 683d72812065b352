// Makes what a scoring trial reads, in a process of its own so that it does not count: weights of two encoders, the
// manifest, and with "packed" the decoded images. Arguments: folder, data, packed or unpacked, architecture, image side.
import { join } from "node:path";
import { buildManifest, openSource } from "../src/data/index.js";
import { openEngine } from "../src/engine/index.js";
import {
  buildNetwork,
  exportWeights,
  getArchitecture,
  initialWeights,
  writeSafetensors,
} from "../src/nn/index.js";
import { packAll } from "../test/data/reading.js";

const [root, data, packed, architecture, side] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
await openEngine({ engine: "tensorflow", device: "cpu" });
const { parameters } = buildNetwork(getArchitecture(architecture), Number(side));
for (const [seed, name] of ["f", "g"].entries()) {
  await writeSafetensors(join(root, name), exportWeights(parameters, initialWeights(parameters, seed)));
}
const source = await openSource(data);
const manifest = await (packed === "packed" ? packAll(source, join(root, "pack")) : buildManifest(source));
await manifest.write(join(root, "manifest.parquet"));
console.log(JSON.stringify({ images: manifest.count }));

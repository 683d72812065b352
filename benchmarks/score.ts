// One trial of our scoring in a process of its own; prints one JSON line with time and peak memory.
// Arguments: data, images, architecture, image side, views.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildManifest, openSource, PackWriter } from "../src/data/index.js";
import { openEngine } from "../src/engine/index.js";
import { exportWeights, getArchitecture, initialWeights, writeSafetensors } from "../src/nn/index.js";
import { scorePair } from "../src/score/index.js";

const [data, packed, architecture, side, views] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const root = mkdtempSync(join(tmpdir(), "sslmem-bench-"));
await openEngine({ engine: "tensorflow", device: "cpu" });
const { parameters } = getArchitecture(architecture);
for (const [seed, name] of ["f", "g"].entries()) {
  await writeSafetensors(join(root, name), exportWeights(parameters, initialWeights(parameters, seed)));
}
const source = await openSource(data);
const packPath = packed === "packed" ? join(root, "pack") : null;
const writer = packPath === null ? null : await PackWriter.create(packPath);
const manifest = await buildManifest(source, { onImage: async (image) => writer?.add(image) });
await writer?.finish(manifest.hash);
await manifest.write(join(root, "manifest.parquet"));
const result = await scorePair({
  recipe: {
    ...{ architecture, layer: null, policy: "simclr", imageSize: Number(side), views: Number(views) },
    ...{ distance: "l2", scheme: "pairs", normalize: true, seed: 0, batch: 25 },
  },
  store: { manifestPath: join(root, "manifest.parquet"), data, kind: "auto", packPath },
  ...{
    splitPath: null,
    f: join(root, "f"),
    g: join(root, "g"),
    pair: 0,
    directory: join(root, "scores"),
    parts: 8,
  },
  ...{ shard: null, workers: 1, keepViews: false, engine: { engine: "tensorflow" as const, device: "cpu" } },
});
rmSync(root, { recursive: true });
const { maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    images: result.images,
    seconds: result.seconds,
    imagesPerSecond: result.images / result.seconds,
    maxRssMb: maxRSS / 1024,
  }),
);

// One trial of our scoring in a process of its own; prints one JSON line with time and peak memory.
// Arguments: folder made by score-data.ts, data, architecture, image side, views.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Manifest } from "../src/data/index.js";
import { scorePair } from "../src/score/index.js";

const [root, data, architecture, side, views] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const packPath = existsSync(join(root, "pack")) ? join(root, "pack") : null;
// The peak depends on when V8 gets round to its garbage; the median over the run does not.
const samples: number[] = [];
const sampler = setInterval(() => samples.push(process.memoryUsage.rss() / 2 ** 20), 200);
const result = await scorePair({
  recipe: {
    architecture,
    layer: null,
    pooling: "pooled",
    policy: "simclr",
    imageSize: Number(side),
    views: Number(views),
    distance: "l2",
    scheme: "pairs",
    normalize: true,
    seed: 0,
    batch: 25,
  },
  store: { manifest: await Manifest.read(join(root, "manifest.parquet")), data, packPath },
  split: null,
  f: join(root, "f"),
  g: join(root, "g"),
  pair: 0,
  directory: join(root, "scores"),
  parts: 8,
  shard: null,
  workers: 1,
  keepViews: false,
  engine: { engine: "tensorflow" as const, device: "cpu" },
});
clearInterval(sampler);
samples.sort((a, b) => a - b);
const { maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    images: result.images,
    seconds: result.seconds,
    imagesPerSecond: result.images / result.seconds,
    maxRssMb: maxRSS / 1024,
    medianRssMb: samples[samples.length >> 1],
  }),
);

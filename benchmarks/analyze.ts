// One trial of the whole analysis of what benchmarks/analyze-data.ts made, and of the comparison of its first pair's
// ranking with its last one's; prints one JSON line with times and peak memory. Argument: the folder.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { compareRankings } from "../src/analyze/compare-rankings.js";
import { analyze } from "../src/analyze/index.js";

const folder = process.argv[2] as string;
const pairs = readdirSync(folder)
  .filter((name) => name.startsWith("pair-"))
  .sort();
const partsOf = (pair: string) => readdirSync(join(folder, pair)).map((name) => join(folder, pair, name));
const parts = pairs.flatMap(partsOf);
const began = performance.now();
const facts = join(folder, "facts.parquet");
const points = join(folder, "points.parquet");
const analysis = await analyze({ parts, facts, points, outlierIds: null, knn: [], skipped: [] });
const seconds = (performance.now() - began) / 1000;
const again = performance.now();
await compareRankings({
  inputs: [pairs[0], pairs.at(-1)].map((pair) => ({
    name: pair as string,
    pair: null,
    parts: partsOf(pair as string),
  })),
  score: "sslmem",
  subset: "all",
  top: [100],
  persistence: 0.98,
});
const compareSeconds = (performance.now() - again) / 1000;
const maxRssMb = process.resourceUsage().maxRSS / 1024;
console.log(
  JSON.stringify({ images: analysis.images, pairs: analysis.pairs, seconds, maxRssMb, compareSeconds }),
);

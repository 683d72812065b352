// Lists and divides data sets of ImageNet's number of images through the command line, the first time and again: seconds and
// peak memory beside the limits set for them. The page cache is warm, since the files have just been written or read.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { packageRoot } from "./context.js";
import { classFolders, IMAGES, oneTar, shards } from "./imagenet-names.js";
import type { Row } from "./row.js";

interface Case {
  readonly what: string;
  make(folder: string, images: number): Promise<string>;
  /** Seconds that the first call may take, and the second. */
  readonly first: number;
  readonly again: number;
}

const CASES: readonly Case[] = [
  { what: "one tar", make: oneTar, first: 60, again: 5 },
  { what: "147 WebDataset shards with .cls", make: shards, first: 60, again: 5 },
  { what: "a folder by class", make: classFolders, first: 150, again: 5 },
  {
    what: "synthetic images",
    make: async (_, images) => `synthetic:count=${images},test=0`,
    first: 60,
    again: 60,
  },
];
const MOST_MB = 1000;
/** A listing is kept once its files have not changed for some seconds. */
const SETTLE_MS = 3000;

/** `sslmem split` in a process of its own: seconds and peak memory. */
function split(data: string, run: string, cache: string): { seconds: number; maxRssMb: number } {
  const cli = join(packageRoot, "dist", "src", "cli", "main.js");
  // The shell's children say how much memory they took.
  const script = `import { spawnSync } from "node:child_process";
const began = performance.now();
const child = spawnSync(process.execPath, ${JSON.stringify([cli, "split", data, "--run", run, "--format", "quiet", "--no-progress"])}, { stdio: ["ignore", "ignore", "inherit"] });
if (child.status !== 0) process.exit(child.status ?? 1);
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));`;
  const timed = spawnSync("python3", ["-c", MEASURE, process.execPath, "--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, SSLMEM_CACHE: cache },
  });
  if (timed.status !== 0) throw new Error(`sslmem split failed: ${timed.stderr}`);
  const lines = timed.stdout.trim().split("\n");
  return { ...JSON.parse(lines[0] as string), ...JSON.parse(lines[1] as string) };
}

/** Node does not tell a child's peak memory; Python's standard library does. */
const MEASURE = `import json, resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(json.dumps({"maxRssMb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))
sys.exit(status)`;

/** Rows for each kind of data set. @param images how many; ImageNet's number where nobody says */
export async function measureListing(
  images = Number(process.env.SSLMEM_BENCH_IMAGES ?? IMAGES),
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { what, make, first, again } of CASES) {
    const folder = mkdtempSync(join(tmpdir(), "sslmem-bench-"));
    try {
      const data = await make(folder, images);
      await setTimeout(SETTLE_MS);
      const cache = join(folder, "cache");
      const cold = split(data, join(folder, "first"), cache);
      const warm = split(data, join(folder, "again"), cache);
      const name = `list and divide ${images.toLocaleString("en-US")} images in ${what}`;
      const limited = (row: string, unit: string, ours: number, limit: number): Row => ({
        what: row,
        unit,
        ours,
        peer: limit,
        peerName: "the limit set for it",
        ratio: limit / ours,
        required: 1,
      });
      rows.push(
        limited(name, "s", cold.seconds, first),
        limited(`${name}: again`, "s", warm.seconds, again),
        limited(`${name}: peak memory`, "MB", Math.max(cold.maxRssMb, warm.maxRssMb), MOST_MB),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return rows;
}

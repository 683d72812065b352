// `npm run bench [-- rows…]`: every row of the table, ours and the peer in the same run, each trial in a process of its
// own; prints a table and writes benchmarks/results/cpu-<model>-<date>.json.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { extent } from "../src/arrays.js";
import { openSource } from "../src/data/index.js";
import { buildInfo } from "../src/native/index.js";
import { entriesOf, readImage } from "../test/data/reading.js";
import { measureAlignment } from "./alignment.js";
import { measureAugment } from "./augment.js";
import { benchmarkContext, packageRoot as root } from "./context.js";
import { measureListing } from "./listing.js";
import type { Row } from "./row.js";
import { measureSteps } from "./steps.js";
import { measureTorch } from "./torch.js";

let python: string | undefined;

/** An interpreter with the peers: $SSLMEM_PEER_PYTHON, else a virtual environment in the cache, made once. */
function peerPython(): string {
  python ??= findPeerPython();
  return python;
}

function findPeerPython(): string {
  if (process.env.SSLMEM_PEER_PYTHON) return process.env.SSLMEM_PEER_PYTHON;
  const cache = process.env.SSLMEM_CACHE ?? join(process.env.HOME ?? ".", ".cache", "sslmem");
  const home = join(cache, "peers-torch-2.11.0-timm");
  const interpreter = join(home, "bin", "python");
  if (!existsSync(join(home, "ready"))) {
    console.error("installing the peers (PyTorch, torchvision, timm, NumPy; some GB, once)");
    execFileSync("python3", ["-m", "venv", home], { stdio: "inherit" });
    execFileSync(
      interpreter,
      [
        "-m",
        "pip",
        "install",
        "-q",
        "torch==2.11.0",
        "torchvision==0.26.0",
        "timm==1.0.31",
        "numpy",
        "pillow",
      ],
      { stdio: "inherit" },
    );
    writeFileSync(join(home, "ready"), "");
  }
  return interpreter;
}

const json = (program: string, args: string[]) =>
  JSON.parse(
    execFileSync(program, args, { encoding: "utf8", cwd: root, maxBuffer: 1 << 26 })
      .trim()
      .split("\n")
      .at(-1) as string,
  );
const peer = (script: string, ...args: string[]) =>
  json(peerPython(), [join(root, "benchmarks", "peers", script), ...args]);
const trial = (name: string, ...args: string[]) =>
  json(process.execPath, [join(root, "dist", "benchmarks", `${name}.js`), ...args]);

/** Scores a data set in a fresh process; preparing it does not count. */
function scoreTrial(data: string, packed: string, architecture: string, side: string, views: string) {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-bench-"));
  try {
    trial("score-data", folder, data, packed, architecture, side);
    return trial("score", folder, data, architecture, side, views) as {
      imagesPerSecond: number;
      maxRssMb: number;
      medianRssMb: number;
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function jpegs(count: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-jpegs-"));
  const source = await openSource(`synthetic:count=${count},test=0,size=32`);
  for (const [i, entry] of (await entriesOf(source)).entries()) {
    const { pixels, width, height } = await readImage(source, entry);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 92 })
      .toFile(join(folder, `${i}.jpg`));
  }
  return folder;
}

const ROWS: Record<string, () => Promise<Row[]>> = {
  augment: async () =>
    (await measureAugment(peerPython())).map(
      ({ name, viewsPerSecond, peerViewsPerSecond, peer: peerName, ratio, required }) => ({
        what: name,
        unit: "views/s",
        ours: viewsPerSecond,
        peer: peerViewsPerSecond,
        peerName,
        ratio,
        required,
      }),
    ),
  alignment: async () =>
    (await measureAlignment(peerPython())).map(
      ({ peer: peerName, threads, seconds, peerSeconds, ratio }) => ({
        what: `alignment 1,000 × 10 × 2,048, four distances, ${threads} thread(s)`,
        unit: "calls/s",
        ours: 1 / seconds,
        peer: 1 / peerSeconds,
        peerName,
        ratio,
        required: 3,
      }),
    ),
  torch: async () => (["bf16", "fp32"] as const).flatMap((precision) => measureTorch(precision, trial, peer)),
  methods: async () =>
    (["fp32", "bf16"] as const).flatMap((precision) => measureSteps(precision, trial, peer)),
  train: async () => {
    // Ours and the peer take turns, so that a slow spell of the machine hits both.
    const turns = [1, 2].map(() => ({
      ours: trial("train").viewsPerSecond as number,
      other: peer("train_peer.py"),
    }));
    const [, ours] = extent(turns.map((t) => t.ours));
    const [, other] = extent(turns.map((t) => t.other.views_per_second));
    const what = "SimCLR step, CIFAR ResNet-18, 64 × 2 views, fp32, two threads";
    return [
      {
        what,
        unit: "views/s",
        ours,
        peer: other,
        peerName: turns[0]?.other.peer,
        ratio: ours / other,
        required: 0.8,
      },
    ];
  },
  score: async () => {
    const folder = await jpegs(500);
    const ours = scoreTrial(folder, "unpacked", "resnet18-cifar", "32", "10").imagesPerSecond;
    const paper = peer("score_peer.py", "--images", folder);
    const what = "scoring 500 images of 32 × 32 from JPEG files to rows, ResNet-18";
    const scaled = paper.images_per_second * (paper.pairs / 45);
    return [
      {
        what: `${what}, K = 10 (45 pairs); peer scaled from 5 pairs to 45`,
        unit: "images/s",
        ours,
        peer: scaled,
        peerName: paper.peer,
        ratio: ours / scaled,
        required: 10,
      },
      {
        what: `${what}; peer as it is, 5 pairs`,
        unit: "images/s",
        ours,
        peer: paper.images_per_second,
        peerName: paper.peer,
        ratio: ours / paper.images_per_second,
        required: 0,
      },
    ];
  },
  analyze: async () => {
    const rows = (k: number, pairs: number): Row[] => {
      const folder = mkdtempSync(join(tmpdir(), "sslmem-bench-"));
      try {
        trial("analyze-data", folder, "1000000", String(k), String(pairs));
        const found = trial("analyze", folder) as Record<string, number>;
        const { seconds, maxRssMb, compareSeconds } = found as Record<
          "seconds" | "maxRssMb" | "compareSeconds",
          number
        >;
        const what = `whole analysis of a million points, ${pairs === 1 ? "one pair" : `${pairs} pairs`}, K = ${k}, with classes, facts and view distances`;
        const limited = (name: string, unit: string, ours: number, limit: number, required: number): Row => ({
          what: name,
          unit,
          ours,
          peer: limit,
          peerName: "the limit set for it",
          ratio: limit / ours,
          required,
        });
        return [
          limited(what, "s", seconds, 60, 1),
          limited(`${what}: peak memory`, "MB", maxRssMb, 4096, 1),
          limited(
            `comparison of two rankings of a million points${pairs === 1 ? ", the same one twice" : ""}, Kendall's tau-b and the rest`,
            "s",
            compareSeconds,
            10,
            0,
          ),
        ];
      } finally {
        rmSync(folder, { recursive: true });
      }
    };
    return [...rows(10, 1), ...rows(5, 3)];
  },
  listing: () => measureListing(),
  memory: async () => {
    const score = (count: number) =>
      scoreTrial(`synthetic:count=${count},test=0,size=8`, "packed", "resnet9", "8", "2");
    const [small, large] = [score(6000), score(60_000)];
    const row = (kind: "median" | "peak", required: number) => {
      const [ours, peer] = [large, small].map(
        (trial) => trial[`${kind === "peak" ? "max" : "median"}RssMb`],
      ) as [number, number];
      const what = `${kind} memory of scoring 60,000 images (ratio: that of 6,000 over it)`;
      return { what, unit: "MB", ours, peer, peerName: "itself at 6,000", ratio: peer / ours, required };
    };
    return [row("median", 1 / 1.1), row("peak", 0)];
  },
};

const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(ROWS);
const rows: Row[] = [];
for (const name of names) {
  const measure = ROWS[name];
  if (measure === undefined)
    throw new Error(`Expected one of ${Object.keys(ROWS).join(", ")} but received ${name}.`);
  console.error(`measuring ${name} …`);
  for (const row of await measure()) {
    rows.push(row);
    const verdict = row.required === 0 ? "" : row.ratio >= row.required ? "ok" : "MISSED";
    console.log(
      `${row.what}: ${row.ours.toFixed(1)} against ${row.peer.toFixed(1)} ${row.unit} (${row.peerName}): ${row.ratio.toFixed(2)}× (at least ${row.required.toFixed(2)}×) ${verdict}`,
    );
  }
}
const context = { ...benchmarkContext("sslmem/benchmark@1"), core: buildInfo() };
mkdirSync(join(root, "benchmarks", "results"), { recursive: true });
const which = names.length === Object.keys(ROWS).length ? "all" : names.join("-");
const model = context.cpu.replace(/[^A-Za-z0-9]+/g, "-").toLowerCase();
const file = join(root, "benchmarks", "results", `cpu-${model}-${which}-${context.date}.json`);
writeFileSync(file, `${JSON.stringify({ ...context, rows }, null, 2)}\n`);
console.log(file);

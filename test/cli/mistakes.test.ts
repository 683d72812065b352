import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const sslmem = (...args: string[]) =>
  spawnSync(process.execPath, [CLI, ...args], { cwd, encoding: "utf8", timeout: 120_000 });

mkdirSync(join(cwd, "empty"));
mkdirSync(join(cwd, "text"));
writeFileSync(join(cwd, "text", "notes.txt"), "x");
writeFileSync(join(cwd, "file"), "x");
mkdirSync(join(cwd, "junk", "scores"), { recursive: true });
writeFileSync(join(cwd, "junk", "scores", "part-1-of-1.parquet"), "x");
mkdirSync(join(cwd, "three"));
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
for (let i = 0; i < 3; i++) writeFileSync(join(cwd, "three", `${i}.png`), Buffer.from(PNG, "base64"));
mkdirSync(join(cwd, "nine"));
for (let i = 0; i < 9; i++) writeFileSync(join(cwd, "nine", `${i}.png`), Buffer.from(PNG, "base64"));
writeFileSync(join(cwd, "nine", "bad.png"), "x");

/** What a tired person types: arguments, exit status, words of the answer. */
const MISTAKES: readonly [string[], number, RegExp][] = [
  [["audti"], 2, /sslmem audit/],
  [["audti", "my data", "--seed", "1"], 2, /Try: sslmem audit 'my data' --seed 1/],
  [["split", "synthetic:count=50,test=0", "--run", "/proc/x"], 2, /makes no folders.*\nTry:/],
  [["split", "three", "--run", "few"], 3, /at least 8 images.* 3 are there.*\nTry:/],
  [
    ["split", "synthetic:count=40,test=0", "--candidate", "0.9", "--run", "share"],
    2,
    /--candidate take 64.*\nTry:/,
  ],
  [["audit"], 2, /path to the images/],
  [["audit", "missing"], 3, /nothing at .*missing/],
  [["audit", "empty"], 3, /images in .*empty but found none/],
  [["audit", "text"], 3, /found none/],
  [["audit", "file"], 3, /is text/],
  [["audit", "synthetic:count=50", "--views", "1"], 2, /--views/],
  [["audit", "synthetic:count=50", "--epochs", "-3"], 2, /--epochs/],
  [["audit", "synthetic:count=50", "--epocs", "3"], 2, /epochs/],
  [["audit", "synthetic:count=50", "--preset", "smal"], 2, /--preset small/],
  [["audit", "synthetic:count=50", "--arch", "resnet99"], 2, /resnet9/],
  [["audit", "synthetic:count=50", "--engine", "torch", "--device", "cuda:7"], 4, /cuda|torch engine/],
  [["audit", "synthetic:count=50", "--device", "cuda:0", "--batch", "8", "--run", "gpu"], 4, /cuda:0/],
  [["audit", "synthetic:count=50", "--run", "file"], 2, /a file is in the way/],
  [["audit", "synthetic:count=50", "--run", "text"], 2, /holds other files/],
  [["audit", "synthetic:count=50", "synthetic:count=60"], 2, /one path/],
  [["audit", "synthetic:count=50", "--config", "missing.yaml"], 2, /missing\.yaml/],
  [["audit", "synthetic:count=50", "--fail-over", "5%"], 2, /SHARE:THRESHOLD/],
  [["report"], 2, /one or two run directories/],
  [["report", "empty"], 3, /no analysis\.json/],
  [["report", "empty", "--out", "x.html"], 2, /two runs/],
  [["watch", "empty"], 3, /no config\.json/],
  [["watch", "empty", "--every-s", "0"], 2, /--every-s/],
  [["score", "--run", "empty", "--shard", "3/2"], 2, /./],
  [["views", "synthetic:count=8"], 2, /--out/],
  [
    ["views", "synthetic:count=8", "--drop-path", "0.1", "--out", "v"],
    2,
    /--purpose train with --drop-path,/,
  ],
  [
    ["embed", "synthetic:count=8", "--arch", "resnet9", "--out", "e.parquet", "--weights", "no.safetensors"],
    3,
    /no\.safetensors/,
  ],
  [["compare", "junk/scores"], 3, /rm .*junk\/scores\/part-1-of-1\.parquet, then sslmem score --run .*junk /],
  [["list", "architectres"], 2, /architectures/],
];

for (const [args, status, words] of MISTAKES) {
  test.serial(`sslmem ${args.join(" ")} exits ${status} with one clear sentence`, (t) => {
    const result = sslmem(...args);
    t.is(result.status, status, result.stderr);
    t.is(result.stdout, "");
    t.regex(result.stderr, words);
    t.false(/ {4}at |this is a bug/.test(result.stderr), result.stderr);
  });
}

test.serial("a few images are divided, and those that cannot be read are named", (t) => {
  const { status, stdout, stderr } = sslmem("split", "nine", "--run", "nine-run", "--no-cache-images");
  t.is(status, 0, stderr);
  t.regex(stdout, /^shared +2\ncandidate +2\nindependent +2\nexternal +2\n/);
  t.regex(
    stderr,
    /Skipped 1 unreadable image: bad\.png \(it is text, not JPEG, .*\); listed in .*skipped\.jsonl/,
  );
});

test.serial("an image that vanishes after the listing is named", (t) => {
  t.is(sslmem("split", "nine", "--run", "gone", "--no-cache-images").status, 0);
  for (let i = 0; i < 9; i++) rmSync(join(cwd, "nine", `${i}.png`));
  const { status, stderr } = sslmem("train", "nine", "--run", "gone", "--epochs", "1", "--no-cache-images");
  t.is(status, 3, stderr);
  t.regex(stderr, /Expected image \d\.png of .* not there any more\.\nTry:/);
});

test.serial("a bad path leaves nothing behind", (t) => {
  sslmem("audit", "missing", "--run", "left");
  t.is(spawnSync("ls", [join(cwd, "left")]).status, 2);
});

for (const [flag, value, status, words] of [
  ["--split-scheme", "rndom", 2, /Expected one of random, file-order for --split-scheme/],
  ["--layer", "layer9", 2, /for the layer of resnet9 but received "layer9"/],
  ["--pooling", "mean", 2, /one of auto, pooled, map for the pooling of resnet9 but received "mean"/],
  ["--pooling", "max", 2, /one of auto, pooled, map, cls, mean, all for --pooling/],
  ["--layer", "conv1 --pooling map", 2, /either --layer or --pooling.* --layer conv1 and --pooling map/],
  ["--image-size", "16 --arch resnet18", 2, /image size of at least 32 for resnet18 but received 16/],
  ["--exclude", "no-list.txt", 3, /list of image ids at .*no-list\.txt/],
  ["--candidate", "1", 2, /for --candidate but received 1, which is the share of all images/],
  ["--device", "gpu", 2, /for --device but received "gpu"/],
] as const) {
  test.serial(`${flag} ${value} is refused before anything is listed`, (t) => {
    const result = sslmem("audit", "synthetic:count=50", flag, ...value.split(" "), "--run", "unlisted");
    t.is(result.status, status, result.stderr);
    t.regex(result.stderr, words);
    t.is(spawnSync("ls", [join(cwd, "unlisted")]).status, 2, "no run was begun");
  });
}

test.serial("views can be had as NumPy's array and replayed from their file", (t) => {
  const result = sslmem(
    "views",
    "synthetic:count=8,test=0,size=20",
    "--views",
    "3",
    "--image-size",
    "16",
    "--format",
    "npy",
    "--out",
    "v",
  );
  t.is(result.status, 0, result.stderr);
  t.is(
    sslmem("views", "synthetic:count=8,test=0,size=20", "--views", "2", "--image-size", "16", "--out", "png")
      .status,
    0,
  );
});

test.serial("list and doctor answer in JSON with a schema", (t) => {
  for (const verb of ["list", "doctor"]) {
    const answer = JSON.parse(sslmem(verb, "--format", "json").stdout);
    t.regex(answer.schema, new RegExp(`^sslmem/${verb}@\\d`));
  }
});

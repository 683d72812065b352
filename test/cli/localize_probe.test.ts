// `sslmem localize`, `sslmem probe` and `--exclude` through the real command line, on a run that was trained for a moment.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import sharp from "sharp";
import { Manifest, Split } from "../../src/data/index.js";
import { probeSchema } from "../../src/evaluate/index.js";
import { localizeSchema } from "../../src/localize/index.js";
import { pairIndices } from "../../src/train/training-pair.js";
import { faultsByPublished } from "../published-schema.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const DATA = "synthetic:count=60,test=20,size=16,seed=4";

function sslmem(line: string) {
  const env = { ...process.env, SSLMEM_CACHE: join(cwd, "cache") };
  return spawnSync(process.execPath, [CLI, ...line.split(" ")], {
    cwd,
    encoding: "utf8",
    timeout: 240_000,
    env,
  });
}

const SIZES = "--limit 50 --shared 26 --candidate 12 --independent 12 --external 12";
const SMALL = "--arch resnet9 --image-size 16 --epochs 1 --batch 19";

test.before(async (t) => {
  const { status, stderr } = sslmem(`train ${DATA} --run r ${SIZES} ${SMALL}`);
  t.is(status, 0, stderr);
});

test.serial("localize writes localize.json, which follows the schema, and its tables", (t) => {
  const { status, stdout, stderr } = sslmem("localize --run r --images 8 --views 4 --format json");
  t.is(status, 0, stderr);
  const printed = localizeSchema.parse(JSON.parse(stdout));
  t.deepEqual(JSON.parse(readFileSync(join(cwd, "r/localize.json"), "utf8")), printed);
  t.is(faultsByPublished("localize@1", printed), null);
  t.regex(faultsByPublished("localize@1", { ...printed, views: "4" }) ?? "", /views must be/);
  t.deepEqual(
    printed.images.map(({ subset, n }) => [subset, n]),
    [
      ["candidate", 8],
      ["external", 8],
    ],
  );
  t.is(printed.views, 4);
  for (const name of ["layers", "units", "unit-images"])
    t.true(existsSync(join(cwd, "r/localize", `${name}.parquet`)));
  const human = sslmem("localize --run r --images 8");
  t.regex(human.stdout, /representation +[+−]0\.\d{3}/);
  t.notRegex(human.stdout, /NaN|undefined|null/);
  // Every line of a table ends where its heading does.
  const lines = human.stdout.split("\n");
  const from = lines.findIndex((line) => line.includes("f, candidates"));
  t.true(from > 0);
  for (const line of lines.slice(from, from + 11)) t.is(line.length, lines[from]?.length ?? 0);
});

test.serial("localize refuses a number of images that is none, and a run that is not trained", (t) => {
  t.is(sslmem("localize --run r --images 1").status, 2);
  t.is(sslmem("localize --run r --images many").status, 2);
  t.is(sslmem(`split ${DATA} --run untrained --limit 50`).status, 0);
  const { status, stderr } = sslmem("localize --run untrained");
  t.is(status, 3);
  t.regex(stderr, /have not been trained/);
});

test.serial("probe of a run: f and g on its own data, and on others; --out is what is printed", (t) => {
  const own = sslmem("probe --run r --seeds 2 --train-limit 40 --format json --out p.json");
  t.is(own.status, 0, own.stderr);
  const report = probeSchema.parse(JSON.parse(own.stdout));
  t.deepEqual(JSON.parse(readFileSync(join(cwd, "p.json"), "utf8")), report);
  t.deepEqual(
    report.encoders.map(({ encoder, results }) => [encoder, ...results.map(({ method }) => method)]),
    [
      ["f", "sgd", "lbfgs", "knn"],
      ["g", "sgd", "lbfgs", "knn"],
    ],
  );
  t.deepEqual([report.train, report.test, report.held_out, report.image_size], [40, 20, false, 16]);
  const other = sslmem(
    "probe synthetic:count=50,test=0,size=20,classes=3,seed=9 --run r --methods lbfgs,knn --seeds 1 --c 0.1 --format json",
  );
  t.is(other.status, 0, other.stderr);
  const held = probeSchema.parse(JSON.parse(other.stdout));
  t.deepEqual([held.train, held.test, held.held_out, held.classes.length], [40, 10, true, 3]);
  t.deepEqual(held.encoders[0]?.results[0]?.parameters, { c: [0.1] });
});

test.serial("probe of weights gives what probe of the run gives for the same encoder", (t) => {
  const line = "--methods knn --neighbours 5 --seeds 1 --format json";
  const ofRun = probeSchema.parse(JSON.parse(sslmem(`probe --run r ${line}`).stdout));
  const weights = ofRun.encoders[1]?.weights as string;
  const alone = sslmem(`probe ${DATA} --weights ${weights} --arch resnet9 --image-size 16 ${line}`);
  t.is(alone.status, 0, alone.stderr);
  const report = probeSchema.parse(JSON.parse(alone.stdout));
  t.is(report.encoders[0]?.encoder, "weights");
  t.deepEqual(report.encoders[0]?.results, ofRun.encoders[1]?.results);
});

test.serial(
  "embed --run takes the encoder that it is told; a network that the method does not keep is exit 2",
  (t) => {
    const embedded = (flags: string) => {
      const { status, stdout, stderr } = sslmem(`embed ${flags} --out e.parquet --format json`);
      t.is(status, 0, stderr);
      t.is(JSON.parse(stdout).images, 80);
      return createHash("sha256")
        .update(readFileSync(join(cwd, "e.parquet")))
        .digest("hex");
    };
    const weights = (role: string) => join(cwd, `r/${role}/step-00000002.safetensors`);
    const ofFile = embedded(`${DATA} --weights ${weights("g")} --arch resnet9 --image-size 16`);
    t.is(embedded("--run r --encoder g"), ofFile);
    for (const line of [
      "embed --run r --network average --out e.parquet",
      "probe --run r --network average",
    ]) {
      const { status, stderr } = sslmem(line);
      t.is(status, 2, line);
      t.regex(stderr, /keeps none/);
    }
    const { status, stderr } = sslmem(
      `probe ${DATA} --weights ${weights("f")} --arch resnet9 --network trained`,
    );
    t.is(status, 2);
    t.regex(stderr, /--network with --run/);
    t.is(sslmem("embed --run r --pair 1 --out e.parquet").status, 2);
  },
);

test.serial("train --only f trains f alone; probe then takes what there is", (t) => {
  cpSync(join(cwd, "r/config.json"), join(cwd, "alone/config.json"));
  for (const name of ["manifest", "split"])
    cpSync(join(cwd, `r/${name}.parquet`), join(cwd, `alone/${name}.parquet`));
  const { status, stdout, stderr } = sslmem("train --run alone --only f --format quiet");
  t.is(status, 0, stderr);
  t.true(stdout.trim().startsWith(join(cwd, "alone/f/step-")));
  t.false(existsSync(join(cwd, "alone/g")));
  const weights = (run: string) => readFileSync(join(cwd, run, "f", basename(stdout.trim())));
  t.deepEqual(weights("alone"), weights("r"), "the same settings, images and seeds give the same bits");
  const probed = sslmem("probe --run alone --methods knn --seeds 1 --format json");
  t.deepEqual(
    probeSchema.parse(JSON.parse(probed.stdout)).encoders.map(({ encoder }) => encoder),
    ["f"],
  );
  t.is(sslmem("train --run alone --only h").status, 2);
});

test.serial("what curate lists and train --exclude leaves out, no step of the training sees", async (t) => {
  const done = (line: string) => {
    const { status, stdout, stderr } = sslmem(line);
    t.is(status, 0, stderr);
    return { stdout, stderr };
  };
  done("score --run r");
  done("curate r --pick most --count 3 --out most.txt");
  const listed = done("curate r --pick most --count 3").stdout.trim().split("\n");
  const train = (run: string, list: string) =>
    `train ${DATA} --run ${run} ${SIZES} ${SMALL} --only f --exclude ${list}`;
  const { stderr } = done(train("without", "most.txt"));
  t.regex(stderr, /Excluded: 3 images\.\n/);

  const manifest = await Manifest.read(join(cwd, "r/manifest.parquet"));
  const { f: all } = pairIndices(await Split.read(join(cwd, "r/split.parquet"), manifest));
  const kept = all.filter((index) => !listed.includes(manifest.entry(index).id));
  t.deepEqual([all.length, kept.length], [38, 35]);
  // A checkpoint names the images that it was trained on, in their order.
  const trainedOn = (run: string) => {
    const { configuration } = JSON.parse(readFileSync(join(cwd, run, "f/latest"), "utf8"));
    return JSON.parse(configuration).images;
  };
  const named = (indices: Uint32Array) => createHash("sha256").update(indices).digest("hex");
  t.deepEqual([trainedOn("r"), trainedOn("without")], [named(all), named(kept)]);

  writeFileSync(join(cwd, "unknown.txt"), "nobody.png\n");
  const unknown = sslmem(train("refused", "unknown.txt"));
  t.is(unknown.status, 3, unknown.stderr);
  t.regex(unknown.stderr, /ids of images of this split to exclude but none of 1 is one/);
  t.regex(unknown.stderr, /ids look like synthetic#0/);
  t.false(existsSync(join(cwd, "refused/f")));
  writeFileSync(join(cwd, "mixed.txt"), `${listed[0]}\nnobody.png\n`);
  const mixed = sslmem(`split ${DATA} --run mixed ${SIZES} --exclude mixed.txt`);
  t.regex(mixed.stderr, /Excluded: 1 image; 1 of the ids is not of this split's images\./);
});

test.serial(
  "probe says what is wrong: both or neither model, a method, a limit, images without labels",
  async (t) => {
    const refused = (line: string, status: number, words: RegExp) => {
      const answer = sslmem(line);
      t.is(answer.status, status, answer.stderr);
      t.regex(answer.stderr, words);
    };
    refused(`probe ${DATA}`, 2, /either --run or --weights/);
    refused("probe --run r --weights w", 2, /either --run or --weights/);
    refused("probe --run r --methods svm", 2, /"svm"/);
    refused("probe --run r --methods knn,knn", 2, /"knn"/);
    refused("probe --run r --c 0", 2, /above 0/);
    refused("probe --run r --train-limit 61", 2, /61 training images/);
    refused("probe --run nothing", 3, /config\.json/);
    mkdirSync(join(cwd, "plain"));
    for (const name of ["a", "b", "c"])
      await sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } })
        .png()
        .toFile(join(cwd, "plain", `${name}.png`));
    refused("probe plain --run r", 3, /no labels/);
  },
);

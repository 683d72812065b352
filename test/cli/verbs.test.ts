// The verbs beside the audit, through the real command line: what they write, and that it is what the package computes.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { getPolicy, openPolicy } from "../../src/augment/index.js";
import { buildManifest, openSource } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { createPack, purposes } from "../../src/native/index.js";
import { exportWeights, initialWeights, writeSafetensors } from "../../src/nn/index.js";
import { readMetadata, readParquet } from "../../src/tables/index.js";
import { entriesOf, readImage } from "../data/reading.js";
import { networkNamed } from "../networks.js";
import { readNpy } from "../npy.js";
import { folder } from "../run/looking.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const DATA = "synthetic:count=9,test=0,size=20,seed=4";

function sslmem(line: string, env: NodeJS.ProcessEnv = process.env) {
  return spawnSync(process.execPath, [CLI, ...line.split(" ")], {
    cwd,
    encoding: "utf8",
    timeout: 120_000,
    env,
  });
}

function sslmemOk(t: { is(a: unknown, b: unknown, message?: string): unknown }, line: string): string {
  const { status, stdout, stderr } = sslmem(line);
  t.is(status, 0, stderr);
  return stdout;
}

test("views --format npy is what the encoder is fed: the policy's own views for the same seed, in order", async (t) => {
  sslmemOk(t, `views ${DATA} --policy simclr --image-size 16 --views 3 --seed 5 --format npy --out v`);
  const { shape, values } = readNpy(join(cwd, "v", "views.npy"));
  t.deepEqual(shape, [9, 3, 16, 16, 3]);
  const source = await openSource(DATA);
  const images = await Promise.all((await entriesOf(source)).map((entry) => readImage(source, entry)));
  const pixels = new Uint8Array(images.length * 20 * 20 * 3);
  for (const [i, image] of images.entries()) pixels.set(image.pixels, i * 20 * 20 * 3);
  const side = new Uint32Array(images.length).fill(20);
  const slots = Uint32Array.from(images.keys());
  const expected = await openPolicy(getPolicy("simclr", { imageSize: 16 })).augment(
    createPack(pixels, side, side),
    { slots, samples: slots, seed: 5, purpose: purposes.scoreViews, epoch: 0, views: 3 },
  );
  t.deepEqual(values, expected);
  const lines = readFileSync(join(cwd, "v", "views.jsonl"), "utf8")
    .trim()
    .split("\n");
  const parsed = lines.map((line) => JSON.parse(line) as { id: string; view: number; ops: { op: string }[] });
  t.deepEqual(
    parsed.map(({ view }) => view),
    Array.from({ length: 27 }, (_, i) => i % 3),
  );
  t.true(parsed.every(({ ops }) => ops[0]?.op === "resized_crop" && ops.at(-1)?.op === "normalize"));
});

test("views writes a picture for every view; purpose, epoch and seed change them", (t) => {
  sslmemOk(t, `views ${DATA} --image-size 16 --views 2 --out p`);
  t.is(
    readdirSync(join(cwd, "p"), { recursive: true }).filter((name) => String(name).endsWith(".png")).length,
    18,
  );
  const operations = (name: string, flags: string) => {
    sslmemOk(t, `views ${DATA} --image-size 16 --format npy --out ${name} ${flags}`);
    return readFileSync(join(cwd, name, "views.jsonl"), "utf8");
  };
  const all = [
    readFileSync(join(cwd, "p", "views.jsonl"), "utf8"),
    operations("q1", "--views 2 --seed 1"),
    operations("q2", "--views 2 --purpose train"),
    operations("q3", "--views 2 --purpose train --epoch 1"),
  ];
  t.is(new Set(all).size, 4);
  t.is(operations("q5", "--views 1").trim().split("\n").length, 9);
  t.is(operations("q4", "--views 2 --purpose train --epoch 1 --seed 0"), all[3] as string);
});

test("embed writes one row an image, named by id, of the architecture's length", async (t) => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const { parameters } = networkNamed("resnet9");
  await writeSafetensors(
    join(cwd, "w.safetensors"),
    exportWeights(parameters, initialWeights(parameters, 7)),
  );
  const line = `embed ${DATA} --weights w.safetensors --arch resnet9 --image-size 16 --out e.parquet --format json`;
  const answer = JSON.parse(sslmemOk(t, line));
  t.is(answer.schema, "sslmem/embed-result@1");
  const table = await readParquet(join(cwd, "e.parquet"));
  const source = await openSource(DATA);
  t.deepEqual(
    table.cells("id"),
    (await entriesOf(source)).map(({ id }) => id),
  );
  const embeddings = table.cells("embedding") as unknown as number[][];
  t.true(embeddings.every((row) => row.length === answer.dim && row.every(Number.isFinite)));
  t.is(
    new Set(embeddings.map((row) => row.join())).size,
    9,
    "different images have different representations",
  );
});

test("embed and views name an unreadable image and pass over it, or end at it", async (t) => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const { parameters } = networkNamed("resnet9");
  const weights = exportWeights(parameters, initialWeights(parameters, 7));
  await writeSafetensors(join(cwd, "b.safetensors"), weights);
  const data = await folder(5, 0, [0, 3]);
  const ids = ["1.png", "2.png", "4.png"];
  const embedding = `embed ${data} --weights b.safetensors --arch resnet9 --image-size 16 --out b.parquet`;
  const drawing = `views ${data} --image-size 16 --views 2 --out b`;
  for (const line of [embedding, `${drawing} --format npy`, drawing]) {
    const { status, stderr } = sslmem(line);
    t.is(status, 0, stderr);
    t.deepEqual(
      [...stderr.matchAll(/skipped (\S+): /g)].map(([, id]) => id),
      ["0.png", "3.png"],
    );
    t.regex(stderr, /3 images, 2 skipped/);
    const strict = sslmem(`${line} --strict`);
    t.is(strict.status, 3);
    t.regex(strict.stderr, /0\.png/);
  }
  const table = await readParquet(join(cwd, "b.parquet"));
  t.deepEqual(table.cells("id") as unknown, ids);
  const source = await openSource(data);
  t.is((await readMetadata(join(cwd, "b.parquet"))).manifest, (await buildManifest(source)).hash);
  await source.close();
  const { shape, values } = readNpy(join(cwd, "b", "views.npy"));
  t.deepEqual(shape, [3, 2, 16, 16, 3]);
  t.is(values.length, 3 * 2 * 16 * 16 * 3);
  const lines = readFileSync(join(cwd, "b", "views.jsonl"), "utf8")
    .trim()
    .split("\n");
  t.deepEqual(
    lines.map((one) => JSON.parse(one).id),
    ids.flatMap((id) => [id, id]),
  );
});

test("score of weights from elsewhere needs no split and scores every image", async (t) => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const { parameters } = networkNamed("resnet9");
  for (const [seed, name] of ["f", "g"].entries()) {
    const weights = exportWeights(parameters, initialWeights(parameters, seed));
    await writeSafetensors(join(cwd, `${name}.safetensors`), weights);
  }
  const models = "--f f.safetensors --g g.safetensors --arch resnet9";
  sslmemOk(t, `score ${DATA} ${models} --image-size 16 --views 4 --parts 2 --score-batch 4 --run s`);
  const parts = readdirSync(join(cwd, "s", "scores")).filter((name) => name.endsWith(".parquet"));
  t.is(parts.length, 2);
  const table = await readParquet(parts.sort().map((name) => join(cwd, "s", "scores", name)));
  t.deepEqual(
    table.cells("index"),
    Array.from({ length: 9 }, (_, i) => i),
  );
  const [lf, lg, score] = ["lf", "lg", "sslmem"].map((name) => table.cells(name) as number[]);
  score?.forEach((value, i) => {
    const [f, g] = [lf?.[i] as number, lg?.[i] as number];
    t.true(Math.abs(value - (g - f) / (g + f)) <= 4 * Number.EPSILON);
  });
});

const PROMISED = "architectures methods optimizers policies sources distances schemes engines presets".split(
  " ",
);

test("the report of weights from elsewhere claims no training, and the assumed image size is said", async (t) => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const { parameters } = networkNamed("resnet9");
  for (const [seed, name] of ["mine-f", "mine-g"].entries())
    await writeSafetensors(
      join(cwd, `${name}.safetensors`),
      exportWeights(parameters, initialWeights(parameters, seed)),
    );
  const models = "--f mine-f.safetensors --g mine-g.safetensors --arch resnet9 --views 4 --engine tensorflow";
  const { status, stderr } = sslmem(`score ${DATA} ${models} --run elsewhere`);
  t.is(status, 0, stderr);
  t.regex(stderr, /Image size: 24 px \(from preset small\); --image-size/);
  const [page, json] = ["report.html", "report.json"].map((name) =>
    readFileSync(join(cwd, "elsewhere", name), "utf8"),
  ) as [string, string];
  for (const text of [page, json]) {
    t.notRegex(text, /160 epochs|--pairs 3|were trained alike, but only f saw/);
    t.regex(text, /from elsewhere/);
  }
  const report = JSON.parse(json);
  t.true(report.foreign);
  t.deepEqual(
    ["epochs", "method", "pairs", "candidate"].filter((name) => name in report.settings),
    [],
  );
  t.notRegex(sslmem(`score ${DATA} ${models} --image-size 16 --run given`).stderr, /Image size:/);
});

test("list shows every registry, none of them empty, together and one by one", (t) => {
  const { schema, ...all } = JSON.parse(sslmemOk(t, "list --format json"));
  t.is(schema, "sslmem/list@1");
  t.deepEqual(Object.keys(all), PROMISED);
  const shown = sslmemOk(t, "list");
  for (const what of PROMISED) {
    t.true(all[what].length > 0, what);
    t.regex(shown, new RegExp(`^${what}:\n  ${all[what][0]}\\b`, "m"));
    t.deepEqual(sslmemOk(t, `list ${what} --format quiet`).trim().split("\n"), all[what]);
  }
});

test("help names what holds without flags: the default preset's values above the settings' own", (t) => {
  const words = sslmemOk(t, "audit --help").replace(/\s+/g, " ");
  for (const [flag, value] of [
    ["epochs", "160 \\(preset small\\)"],
    ["arch", "resnet9 \\(preset small\\)"],
    ["image-size", "24 \\(preset small\\)"],
    ["distance", "l2"],
  ])
    t.regex(words, new RegExp(`--${flag} [^[]*\\[default: ${value}\\]`));
  t.notRegex(words, /default: (200|resnet18-cifar|32)\]/);
});

test("list and completion know the same names", (t) => {
  const list = JSON.parse(sslmemOk(t, "list architectures --format json"));
  const names = JSON.stringify(list);
  t.regex(names, /resnet9/);
  const script = sslmemOk(t, "completion bash");
  for (const verb of ["audit", "split", "train", "score", "embed", "views", "list", "doctor"]) {
    t.regex(script, new RegExp(`\\b${verb}\\b`));
  }
});

test("doctor exits 0 here; without a compiler on the PATH it says which and exits 4", (t) => {
  const report = JSON.parse(sslmemOk(t, "doctor --format json"));
  t.true(report.ok);
  mkdirSync(join(cwd, "bin"), { recursive: true });
  writeFileSync(join(cwd, "bin", "python3"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const { status, stdout } = sslmem("doctor --format json", {
    ...process.env,
    PATH: join(cwd, "bin"),
    CXX: "",
  });
  t.is(status, 4);
  const missing = (JSON.parse(stdout).findings as { name: string; ok: boolean; fix: string }[]).filter(
    ({ ok }) => ok === false,
  );
  t.true(missing.some(({ name }) => /compiler/.test(name)));
  t.true(missing.every(({ fix }) => fix.length > 0));
});

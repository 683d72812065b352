import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { exportWeights, initialWeights, type StoredTensor, writeSafetensors } from "../../src/nn/index.js";
import { networkNamed } from "../networks.js";
import { snapshot } from "../snapshot.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const DATA = "synthetic:count=12,test=4,size=16";
const MODEL = "--arch resnet9 --image-size 16 --engine tensorflow";
const sslmem = (line: string) =>
  spawnSync(process.execPath, [CLI, ...line.split(" ")], { cwd, encoding: "utf8", timeout: 180_000 });

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  const { parameters } = networkNamed("resnet9");
  const arrays = (seed: number) => snapshot(exportWeights(parameters, initialWeights(parameters, seed)));
  const f = arrays(1);
  const changed = (change: (name: string, value: number) => number) =>
    new Map(
      [...f].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => change(name, x)) }]),
    );
  const write = (name: string, of: ReadonlyMap<string, StoredTensor>) =>
    writeSafetensors(join(cwd, `${name}.safetensors`), of);
  await write("f", f);
  await write("g", arrays(2));
  await write("h", f);
  await write(
    "zeros",
    changed(() => 0),
  );
  await write(
    "nan",
    changed((name, x) => (name === "conv2.weight" ? Number.NaN : x)),
  );
  await write(
    "overflow",
    changed((name, x) => (/^bn\d\.weight$/.test(name) ? 1e30 * x : x)),
  );
  writeFileSync(join(cwd, "f.pth"), Buffer.from("PK\x03\x04\0\0\x08\x08\0\0f/data.pkl", "latin1"));
});

for (const verb of [
  "embed --weights nan.safetensors --out e.parquet",
  "probe --weights nan.safetensors",
  "score --f f.safetensors --g nan.safetensors --views 4 --run s-nan",
]) {
  test.serial(`${verb}: weights that are not finite end with exit 5 before anything is listed`, (t) => {
    const [name, ...rest] = verb.split(" ");
    const { status, stdout, stderr } = sslmem(`${name} ${DATA} ${rest.join(" ")} ${MODEL}`);
    t.is(status, 5, stderr);
    t.is(stdout, "");
    t.regex(stderr, /finite weights in .*nan\.safetensors but .* values of conv2\.weight are NaN/);
    t.notRegex(stderr, /listing|Engine:/);
    t.false(existsSync(join(cwd, "s-nan")) || existsSync(join(cwd, "e.parquet")));
  });
}

for (const verb of [
  "embed --weights overflow.safetensors --out o.parquet",
  "probe --weights overflow.safetensors",
  "score --f overflow.safetensors --g f.safetensors --views 4 --run s-over",
]) {
  test.serial(`${verb}: finite weights whose outputs overflow end with exit 5 and the weights' name`, (t) => {
    const [name, ...rest] = verb.split(" ");
    const { status, stdout, stderr } = sslmem(`${name} ${DATA} ${rest.join(" ")} ${MODEL}`);
    t.is(status, 5, stderr);
    t.is(stdout, "");
    t.regex(stderr, /not finite|received (NaN|-?Infinity)/);
    t.regex(stderr, /from .*overflow\.safetensors/);
    t.false(existsSync(join(cwd, "o.parquet")));
  });
}

test.serial("a PyTorch file is named, with the line that makes safetensors of it", (t) => {
  const { status, stderr } = sslmem(`embed ${DATA} --weights f.pth --out p.parquet ${MODEL}`);
  t.is(status, 3, stderr);
  t.regex(stderr, /but f\.pth is a PyTorch file\.\nTry: python -c 'import torch; /);
  t.notRegex(stderr, /listing/);
});

test.serial(
  "a collapsed f is said on stderr, in analysis.json, on the first screen and in the summary",
  (t) => {
    const line = `score ${DATA} --f zeros.safetensors --g g.safetensors --views 4 --run s-zeros --image-facts none ${MODEL}`;
    const { status, stdout, stderr } = sslmem(line);
    t.is(status, 0, stderr);
    const said =
      /f has collapsed: it gives all views of an image the same representation, or zeros, for all 16 images/;
    t.regex(stderr, new RegExp(`sslmem: ${said.source}`));
    t.regex(stdout, said);
    const { warnings } = JSON.parse(readFileSync(join(cwd, "s-zeros", "analysis.json"), "utf8"));
    t.regex(warnings[0], said);
    const page = readFileSync(join(cwd, "s-zeros", "report.html"), "utf8");
    t.regex(page.slice(page.indexOf('class="first"'), page.indexOf('class="four"')), said);
  },
);

test.serial(
  "the same weights as f and g are refused, by name and by bytes, before anything is listed",
  (t) => {
    for (const g of ["f.safetensors", "./f.safetensors", "h.safetensors"]) {
      const { status, stderr } = sslmem(`score ${DATA} --f f.safetensors --g ${g} --run s-same ${MODEL}`);
      t.is(status, 2, stderr);
      t.regex(stderr, /Expected two encoders but .* which would make every score 0\./);
      t.notRegex(stderr, /listing/);
    }
  },
);

test.serial("localising reads weights again, and sees what has become of them before it computes", (t) => {
  copyFileSync(join(cwd, "nan.safetensors"), join(cwd, "zeros.safetensors"));
  const located = sslmem("localize --run s-zeros --images 4");
  t.is(located.status, 5, located.stderr);
  t.regex(located.stderr, /finite weights in .*zeros\.safetensors but .* of conv2\.weight are NaN/);
  t.notRegex(located.stderr, /localising/);
});

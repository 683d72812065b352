// The code of docs/extending.md, put where it says, in a copy of the sources: the command line has it then.
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import sharp from "sharp";
import { PACKAGE_ROOT as root } from "../../src/package.js";
import { fileList, query, readMetadata } from "../../src/tables/index.js";
import { latestWeights } from "../../src/train/index.js";
import { compiled, pageBlocks } from "../page.js";

const run = promisify(execFile);

/** A registry with the page's lines for it. */
function withLine(path: string, code: string): string {
  const lines = code.trimEnd().split("\n");
  const [uses, list] = [lines.slice(0, -1).join("\n"), lines.at(-1) as string];
  const start = list.slice(0, list.lastIndexOf("[") + 1);
  const source = readFileSync(join(root, path), "utf8");
  if (source.split(start).length !== 2) throw new Error(`${start} is not once in ${path}.`);
  return `${uses}\n${source.replace(start, list)}`;
}

/** A copy of what the command line needs, with the page's files in it; the line of a registry stands for its beginning. */
async function extended(): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), "sslmem-extended-"));
  for (const name of ["node_modules", "build", "schemas"]) symlinkSync(join(root, name), join(copy, name));
  for (const name of ["package.json", "CMakeLists.txt"]) cpSync(join(root, name), join(copy, name));
  cpSync(join(root, "dist", "src"), join(copy, "dist", "src"), { recursive: true });
  const compile = async (path: string, text: string) => {
    const target = join(copy, "dist", path.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, await compiled(text));
  };
  for (const { path, code, isWhole } of pageBlocks()) {
    if (isWhole) {
      const lines = code.trimEnd().split("\n").length;
      if (lines >= 40) throw new Error(`${path} takes ${lines} lines on the page.`);
      await compile(path, code);
      continue;
    }
    await compile(path, withLine(path, code));
  }
  return copy;
}

test("the page's code fits the contracts that it is for", async (t) => {
  const copy = mkdtempSync(join(tmpdir(), "sslmem-extended-types-"));
  t.teardown(() => rmSync(copy, { recursive: true }));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  cpSync(join(root, "src"), join(copy, "src"), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  for (const { path, code, isWhole } of pageBlocks())
    writeFileSync(join(copy, path), isWhole ? code : withLine(path, code));
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
  const options = { ...compilerOptions, noEmit: true, incremental: false };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["src"] }));
  const tsc = join(root, "node_modules", ".bin", "tsc");
  await t.notThrowsAsync(
    run(tsc, ["-p", copy]).catch(({ stdout }) => Promise.reject(new Error(String(stdout).slice(0, 2000)))),
  );
});

const copied = extended();
test.after.always(async () => {
  for (const one of [await copied, folder]) rmSync(one, { recursive: true, force: true });
});
const folder = mkdtempSync(join(tmpdir(), "sslmem-extended-run-"));
const sslmem = async (...args: string[]) =>
  (
    await run(process.execPath, [join(await copied, "dist", "src", "cli", "main.js"), ...args], {
      env: { ...process.env, SSLMEM_CACHE: join(folder, "cache") },
    })
  ).stdout;

test.serial(
  "a method, an optimiser and an architecture of the page are trained, gone on with and scored by its distance",
  async (t) => {
    const listed = await sslmem("list");
    for (const name of ["rotation", "lion", "tiny", "patches", "jsonl", "chebyshev"])
      t.regex(listed, new RegExp(`^  ${name} `, "m"));
    t.regex(
      await sslmem("train", "--help"),
      /--lion-beta +Share of the momentum in the direction of a\s+step\s+\(lion\)/,
    );
    const given = [
      "--method",
      "rotation",
      "--optimizer",
      "lion",
      "--lr",
      "0.001",
      "--arch",
      "tiny",
      "--lion-beta",
      "0.8",
      "--tiny-width",
      "6",
      "--distance",
      "chebyshev",
    ];
    const sizes = [
      "--limit",
      "40",
      "--shared",
      "8",
      "--candidate",
      "16",
      "--independent",
      "16",
      "--external",
      "16",
    ];
    const rest = [
      "--epochs",
      "4",
      "--batch",
      "12",
      "--image-size",
      "8",
      "--views",
      "2",
      "--no-progress",
      "--format",
      "quiet",
    ];
    const whole = join(folder, "run");
    await sslmem("audit", "synthetic:count=60,test=20,size=16", "--run", whole, ...given, ...sizes, ...rest);
    const metrics = readFileSync(join(whole, "f", "metrics.jsonl"), "utf8")
      .trim()
      .split("\n");
    t.true(Number.isFinite(JSON.parse(metrics.at(-1) as string).metrics.accuracy));
    const config = JSON.parse(readFileSync(join(whole, "config.json"), "utf8"));
    t.deepEqual(config.settings["lion-beta"], { value: 0.8, from: "flag" });
    t.deepEqual(config.settings["tiny-width"], { value: 6, from: "flag" });
    t.false("temperature" in config.settings);
    t.false("class-token" in config.settings);
    t.true(readdirSync(join(whole, "scores")).length > 0);
    const [first] = readdirSync(join(whole, "scores")).filter((name) => name.endsWith(".parquet"));
    const [row] = await query(
      `SELECT min(lf) AS low, max(lf) AS high FROM read_parquet(${fileList(join(whole, "scores", first as string))})`,
    );
    t.true((row?.low as number) >= 0 && (row?.high as number) > 0 && (row?.high as number) <= 2);
    const report = readFileSync(join(whole, "report.html"), "utf8");
    t.regex(report, /how often the turn is told/);
    const refused = await t.throwsAsync(
      sslmem("train", "synthetic:count=60", "--run", join(folder, "no"), "--lion-beta", "0.5"),
    );
    t.regex(String((refused as { stderr?: string }).stderr), /--lion-beta, which only lion reads/);
    const unread = await t.throwsAsync(
      sslmem("train", "synthetic:count=60", "--run", join(folder, "no"), "--tiny-width", "5"),
    );
    t.regex(
      String((unread as { stderr?: string }).stderr),
      /Expected settings that --arch resnet9 reads but received --tiny-width, which only tiny reads\./,
    );
  },
);

test.serial("tokens are scored, localised, probed and embedded by their poolings", async (t) => {
  const DATA = "synthetic:count=60,test=20,size=16,seed=4";
  const root = join(folder, "tokens");
  const line = (text: string) => sslmem(...text.split(" "), "--no-progress");
  const model = "--arch patches --image-size 12";
  const sizes = "--limit 40 --shared 8 --candidate 16 --independent 16 --external 16";
  const training = "--epochs 1 --batch 12 --views 2 --format quiet";
  await line(`audit ${DATA} --run ${root} ${model} ${sizes} --parts 1 ${training}`);
  const part = (of: string) => {
    const file = readdirSync(join(of, "scores")).find((name) => name.endsWith(".parquet"));
    return join(of, "scores", file as string);
  };
  const configuration = async (of: string) =>
    JSON.parse((await readMetadata(part(of))).configuration as string) as { pooling: string };
  t.is((await configuration(root)).pooling, "all", "what the network says");
  const report = readFileSync(join(root, "report.html"), "utf8");
  t.regex(report, /pooling/);
  const [f, g] = await Promise.all(["f", "g"].map((role) => latestWeights(join(root, role))));
  const pair = `--f ${f} --g ${g} ${model}`;
  const scored = new Set<string>();
  for (const pooling of ["cls", "mean"]) {
    const own = join(folder, `by-${pooling}`);
    await line(`score ${DATA} ${pair} --pooling ${pooling} --run ${own} --parts 1 --views 2 --format quiet`);
    t.is((await configuration(own)).pooling, pooling);
    const rows = await query(`SELECT lf, lg FROM read_parquet(${fileList(part(own))}) ORDER BY id`);
    scored.add(JSON.stringify(rows));
  }
  t.is(scored.size, 2);
  // Nine patches and the class token, of 16 values each.
  const located = JSON.parse(await line(`localize --run ${root} --images 4 --views 2 --format json`));
  t.is(located.pooling, "all");
  t.like(located.layers.at(-1), { layer: "representation", dim: 160 });
  const out = join(folder, "all.parquet");
  const embed = `embed ${DATA} --weights ${f} ${model} --pooling all --out ${out} --format json`;
  t.is(JSON.parse(await line(embed)).dim, 160);
  const [row] = await query(`SELECT len(embedding)::DOUBLE AS n FROM read_parquet(${fileList(out)}) LIMIT 1`);
  t.is(row?.n, 160);
  const probe = await line(`probe --run ${root} --pooling mean --methods knn --seeds 1 --format json`);
  t.is(JSON.parse(probe).pooling, "mean");
  const refused = await t.throwsAsync(
    line(`score ${DATA} ${pair} --pooling map --run ${join(folder, "no")}`),
  );
  t.like(refused, { code: 2 });
  t.regex(
    String((refused as { stderr?: string }).stderr),
    /Expected one of auto, pooled, cls, mean, all for the pooling of patches but received "map"\./,
  );
});

test.serial("a list of images by the page's source is divided by class", async (t) => {
  const images = join(folder, "listed");
  mkdirSync(images);
  const lines = await Promise.all(
    Array.from({ length: 24 }, async (_, i) => {
      const background = { r: 10 * i, g: 90, b: 200 };
      await sharp({ create: { width: 16, height: 16, channels: 3, background } }).toFile(
        join(images, `${i}.png`),
      );
      return JSON.stringify({ path: `${i}.png`, label: i % 2 === 0 ? "even" : "odd" });
    }),
  );
  const list = join(images, "list.jsonl");
  writeFileSync(list, `${lines.join("\n")}\n`);
  const run = join(folder, "divided");
  const sizes = ["--shared", "4", "--candidate", "4", "--independent", "4", "--external", "4"];
  await sslmem("split", list, "--run", run, ...sizes, "--no-progress");
  const rows = await query(
    `SELECT s.subset, count(*)::DOUBLE AS n, (count(*) FILTER (m.label = 0))::DOUBLE AS even
     FROM read_parquet(${fileList(join(run, "split.parquet"))}) s
     JOIN read_parquet(${fileList(join(run, "manifest.parquet"))}) m ON s.index = m.index GROUP BY ALL`,
  );
  t.is(rows.length, 4);
  for (const { n, even } of rows) t.deepEqual([n, even], [4, 2]);
});

// compare and curate through the real command line: what they print, and what a tired person gets for a mistake.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { runPaths } from "../../src/run/paths.js";
import { writeParquet } from "../../src/tables/index.js";
import { normals, writePart } from "../analyze/helpers.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const sslmem = (line: string) =>
  spawnSync(process.execPath, [CLI, ...line.split(" ")], { cwd, encoding: "utf8", timeout: 120_000 });

/** A scored run of 60 candidates and 20 external images; with `pairs` of them, and localised at two layers if it is asked. */
async function makeRun(name: string, options: { prefix?: string; pairs?: number; localised?: boolean } = {}) {
  const { prefix = "img", pairs = 1, localised = false } = options;
  const paths = runPaths(join(cwd, name));
  const normal = normals(name.length + (name.codePointAt(0) ?? 0));
  mkdirSync(paths.scores, { recursive: true });
  writeFileSync(paths.config, "{}");
  const rows = Array.from({ length: 80 }, (_, i) => ({
    id: `${prefix}-${i}`,
    subset: i < 60 ? "candidate" : "external",
    sslmem: i / 100 + 0.1 * normal(),
  }));
  for (let pair = 0; pair < pairs; pair++) {
    mkdirSync(paths.pairScores(pair), { recursive: true });
    const own = rows.map((row) => ({ ...row, sslmem: row.sslmem + 0.01 * normal() }));
    await writePart(join(paths.pairScores(pair), "part-00000-of-00001.parquet"), own, { pair });
  }
  if (!localised) return;
  mkdirSync(paths.localizeTables);
  const layers = ["stem", "last"].flatMap((layer, position) =>
    rows.map(({ id, subset }) => ({ id, subset, layer, position, sslmem: normal() })),
  );
  await writeParquet(paths.layers, {
    id: layers.map(({ id }) => id),
    subset: layers.map(({ subset }) => subset),
    layer: layers.map(({ layer }) => layer),
    position: Int32Array.from(layers, ({ position }) => position),
    pair: new Int32Array(layers.length),
    sslmem: Float64Array.from(layers, ({ sslmem: x }) => x),
  });
}

test.before(async () => {
  await makeRun("a", { localised: true });
  await makeRun("b", { localised: true });
  await makeRun("other", { prefix: "photo" });
  await makeRun("pairs", { pairs: 3 });
  mkdirSync(join(cwd, "fresh"));
  writeFileSync(join(cwd, "fresh", "config.json"), "{}");
  writeFileSync(join(cwd, "list.txt"), "img-3\nimg-4\n");
  mkdirSync(join(cwd, "half", "scores"), { recursive: true });
  writeFileSync(join(cwd, "half", "config.json"), "{}");
  await writePart(join(cwd, "half", "scores", "part-00000-of-00002.parquet"), [
    { subset: "candidate", sslmem: 0.1 },
  ]);
});

/** Arguments, exit status, words of the answer. */
const MISTAKES: readonly [string, number, RegExp][] = [
  ["compare", 2, /two or more runs.*received none/],
  ["compare a", 2, /received one, a, of a single pair/],
  ["compare a a", 2, /different runs but received a twice/],
  ["compare a ./b/../a", 2, /twice/],
  ["compare a nowhere", 2, /nothing at nowhere/],
  ["compare a fresh", 3, /score parts in fresh.*\n.*sslmem score --run fresh/],
  ["compare a half", 3, /2 score parts in .* but found 1/],
  ["compare a other", 3, /in common but found 0 of 60 and 60/],
  ["compare a b --top 60", 2, /1 to 59 for --top/],
  ["compare a b --top many", 2, /--top/],
  ["compare a b --score fame", 3, /a column fame/],
  ["compare a b --score id", 2, /column of numbers/],
  ["compare a b --subset canditate", 2, /--subset/],
  ["compare a b --rbo-p 1", 2, /--rbo-p/],
  ["compare a b --layer stam", 2, /stem, last but received "stam"/],
  ["compare a b --layer stem,stem", 2, /each once/],
  ["compare a --layer stem", 2, /single pair and one layer/],
  ["compare a other --layer all", 3, /other but it has not been localised.*\n.*sslmem localize --run other/],
  ["curate", 2, /one run but received 0/],
  ["curate a b", 2, /one run but received 2/],
  ["curate nowhere", 2, /nothing at nowhere/],
  ["curate fresh", 3, /score parts in fresh/],
  ["curate a --count 61", 2, /1 to 60 images/],
  ["curate a --count 0", 2, /1 to 60 images/],
  ["curate a --count 1.5", 2, /--count/],
  ["curate a --pick best", 2, /--pick/],
  ["curate a --slice brightness=q1", 2, /no such image fact/],
  ["curate a --slice class=dog", 2, /a slice of the run/],
  ["curate a --subset shared", 2, /images of subset shared but there are none/],
  ["curate a --like list.txt", 2, /--pick matched-random with --like/],
  ["curate a --pick matched-random --like nowhere.txt", 3, /nowhere\.txt/],
  ["curate other --pick matched-random --like list.txt", 3, /2 ids of --like .* found 0/],
  ["curate a --pick matched-random --match colour", 2, /--match/],
];

for (const [line, status, words] of MISTAKES) {
  test.serial(`sslmem ${line} exits ${status} with one clear sentence`, (t) => {
    const result = sslmem(line);
    t.is(result.status, status, result.stderr);
    t.is(result.stdout, "");
    t.regex(result.stderr, words);
    t.false(/ {4}at |this is a bug/.test(result.stderr), result.stderr);
  });
}

const compared = (line: string) => {
  const result = sslmem(`${line} --format json`);
  if (result.status !== 0) throw new Error(result.stderr);
  const report = JSON.parse(result.stdout) as { pairs: { first: string; second: string; n: number }[] };
  return report.pairs.map(({ first, second, n }) => `${first} – ${second}: ${n}`);
};

test.serial("runs, the pairs of one, layers of one and the same layer of two are compared", (t) => {
  t.deepEqual(compared("compare a b"), ["a – b: 60"]);
  t.deepEqual(compared("compare a b pairs --subset external").length, 3);
  t.deepEqual(compared("compare pairs"), [
    "pairs pair 0 – pairs pair 1: 60",
    "pairs pair 0 – pairs pair 2: 60",
    "pairs pair 1 – pairs pair 2: 60",
  ]);
  t.deepEqual(compared("compare a --layer all"), ["stem – last: 60"]);
  t.deepEqual(compared("compare a b --layer all"), ["a stem – b stem: 60", "a last – b last: 60"]);
  t.deepEqual(compared("compare a b --layer last"), ["a last – b last: 60"]);
});

test.serial("the table is readable, and --plot writes a picture that stands by itself", (t) => {
  const { status, stdout, stderr } = sslmem("compare a b --top 5,10% --plot scatter.svg");
  t.is(status, 0, stderr);
  t.regex(stdout, /^Rankings by sslmem, candidate images:/);
  t.regex(stdout, /a – b +5 +\d/);
  t.regex(stdout, /a – b +6 +\d/);
  const svg = readFileSync(join(cwd, "scatter.svg"), "utf8");
  t.true(svg.includes("<svg") && !svg.includes("var(--"));
});

test.serial("a list is written with how it was made, and without --out it is what a pipe wants", (t) => {
  const line = "curate a --pick most --count 0.1";
  const { status, stdout, stderr } = sslmem(`${line} --out most.txt`);
  t.is(status, 0, stderr);
  t.is(stdout, "most.txt: 6 of 60 images.\n");
  const [header, ...ids] = readFileSync(join(cwd, "most.txt"), "utf8").trim().split("\n");
  t.like(JSON.parse((header ?? "").replace("# sslmem/ids@1 ", "")), { from: "a", pick: "most", count: 6 });
  t.is(sslmem(line).stdout, `${ids.join("\n")}\n`);
  t.true(existsSync(join(cwd, "most.txt")));
  const controls = sslmem("curate a --pick matched-random --like most.txt");
  t.is(
    controls.stdout
      .trim()
      .split("\n")
      .filter((id) => !ids.includes(id)).length,
    6,
  );
});

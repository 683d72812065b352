// The removal experiment: how its probes are put together, and what its script refuses.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import sharp from "sharp";
import { readContext, readTrials, summarize } from "../../scripts/experiments/removal/collect.js";
import { drawSvg } from "../../scripts/experiments/removal/plot.js";
import { PICKS, removalSchema, type Trial } from "../../scripts/experiments/removal/schema.js";
import { formatTable, toCsv } from "../../scripts/experiments/removal/table.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { meanInterval, PROBE_SCHEMA } from "../../src/evaluate/index.js";
import { describeSession, recordSession } from "../../src/run/environment.js";
import { writeRecord } from "../../src/run/record.js";
import { temporaryDirectory } from "../train/helpers.js";

const SCRIPT = fileURLToPath(new URL("../../../scripts/experiments/removal.sh", import.meta.url));

const RATES: Record<string, number> = { most: 1, "matched-random": 0.6, random: 0.5, least: 0.4 };
/** Accuracies that say where they come from: seeds shift all alike, each pick costs its own rate of points for every ten images. */
const accuracy = (pick: string, removed: number, seed: number, on: string) =>
  (on === "same" ? 0.5 : 0.8) + 0.03 * seed - (removed / 1000) * (RATES[pick] ?? 0) * (1 + 0.02 * seed);

const TRIALS: Trial[] = [0, 1, 2].flatMap((seed) =>
  (["same", "other"] as const).flatMap((on) =>
    PICKS.flatMap((pick) =>
      (pick === "none" ? [0] : [50, 100]).map((removed) => ({
        seed,
        pick,
        removed,
        on,
        data: on === "same" ? "a" : 'b "x"',
        method: "lbfgs",
        accuracy: accuracy(pick, removed, seed, on),
      })),
    ),
  ),
);

test("seeds become a mean and an interval; the difference from random is taken seed by seed", (t) => {
  const removal = summarize(TRIALS);
  removalSchema.parse(JSON.parse(JSON.stringify(removal)));
  t.is(removal.cells.length, 2 * (1 + 4 * 2));
  t.is(removal.cells[0]?.pick, "none");
  for (const { pick, removed, on, mean, interval, against_random, against_matched } of removal.cells) {
    const values = [0, 1, 2].map((seed) => accuracy(pick, removed, seed, on));
    t.true(Math.abs(mean - values.reduce((a, b) => a + b) / 3) < 1e-12);
    t.deepEqual(interval, meanInterval(values));
    const matched = values.map((value, seed) => value - accuracy("matched-random", removed, seed, on));
    if (pick !== "most") t.is(against_matched, null);
    else {
      t.true(Math.abs((against_matched?.mean as number) - matched.reduce((a, b) => a + b) / 3) < 1e-12);
      t.deepEqual(against_matched?.interval, meanInterval(matched));
    }
    if (pick === "none" || pick === "random") t.is(against_random, null);
    else {
      const differences = values.map((value, seed) => value - accuracy("random", removed, seed, on));
      t.true(Math.abs((against_random?.mean as number) - differences.reduce((a, b) => a + b) / 3) < 1e-12);
    }
  }
  const most = removal.cells.find(
    ({ pick, removed, on }) => pick === "most" && removed === 100 && on === "same",
  );
  // The seeds shift the accuracies by points, the differences hardly: pairing is what makes them visible.
  const width = ([low, high]: readonly number[]) => (high as number) - (low as number);
  t.true(width(most?.against_random?.interval as number[]) < width(most?.interval as number[]) / 3);
  t.is(summarize(TRIALS.filter(({ seed }) => seed === 0)).cells[1]?.interval, null);
});

test("table, CSV and plot show every cell", async (t) => {
  const removal = summarize(TRIALS);
  t.is(formatTable(removal).split("\n").length, removal.cells.length + 1);
  t.regex(formatTable(removal), /most +3 +.*−\d\.\d\d/);
  const csv = toCsv(removal).split("\n");
  t.is(csv.length, TRIALS.length + 1);
  t.true(csv.some((line) => line.includes('"b ""x"""')));
  const svg = await drawSvg(removal);
  for (const pick of PICKS) t.true(svg.includes(`>${pick}<`), pick);
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  t.true((width as number) > 500 && (height as number) > 150);
});

/** A stand-in for the program: notes its arguments, and writes the files that the script looks for. */
function pretend(root: string): string {
  const path = join(root, "sslmem");
  const report = JSON.stringify({
    schema: PROBE_SCHEMA,
    data: "d",
    architecture: "resnet9",
    layer: null,
    image_size: 16,
    classes: ["a", "b"],
    train: 10,
    test: 10,
    held_out: false,
    seeds: 1,
    over_pairs: [],
    encoders: [
      {
        encoder: "f",
        pair: 0,
        weights: "w",
        results: [
          {
            method: "knn",
            accuracies: [0.5],
            mean: 0.5,
            over_seeds: null,
            over_test_images: [0.4, 0.6],
            parameters: {},
          },
        ],
      },
    ],
  });
  writeFileSync(
    path,
    `#!/bin/bash
echo "$@" >> ${root}/calls
after() { local want=$1; shift; while (($#)); do [[ $1 == "$want" ]] && echo "$2"; shift; done; }
case $1 in
  audit) dir=$(after --run "$@"); mkdir -p "$dir" ;;
  probe) echo '${report}' > "$(after --out "$@")" ;;
  curate) echo id > "$(after --out "$@")" ;;
esac
`,
  );
  chmodSync(path, 0o755);
  return path;
}

const script = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync("bash", [SCRIPT, ...args], { encoding: "utf8", env: { ...process.env, ...env } });

test("the script audits, curates, trains f without the list, probes on both data sets, and goes on where it was", async (t) => {
  const root = temporaryDirectory();
  const out = join(root, "out");
  const env = { SSLMEM: pretend(root) };
  const args = [
    "data",
    "--other",
    "else",
    "--out",
    out,
    "--sizes",
    "5",
    "--seeds",
    "2",
    "--engine",
    "torch",
    "--precision",
    "bf16",
    "--probe-train",
    "40",
    "--",
    "--epochs",
    "3",
  ];
  const first = script(args, env);
  t.is(first.status, 0, first.stderr);
  const calls = readFileSync(join(root, "calls"), "utf8").trim().split("\n");
  const count = (pattern: RegExp) => calls.filter((line) => pattern.test(line)).length;
  t.is(
    count(
      /^audit data --run .*seed-1\/base --seed 1 --split-seed 1 --epochs 3 --engine torch --precision bf16/,
    ),
    1,
  );
  t.is(count(/^curate .*\/base --pick (most|least|random|matched-random) --count 5 --seed [01] --out/), 8);
  t.is(
    count(
      /^train data --run .*\/seed-([01])\/[a-z-]+-5 --seed \1 --split-seed \1 --epochs 3 --engine torch --precision bf16 --exclude .*\/lists\/[a-z-]+-5\.txt --only f/,
    ),
    8,
  );
  t.is(count(/^probe else --run .* --train-limit 40 /), 10);
  t.is(count(/^probe --run .* --train-limit 40 /), 10);
  for (const name of ["json", "csv", "svg", "png"]) t.true(existsSync(join(out, `removal.${name}`)), name);
  t.is((await readTrials(out)).length, 20);
  const again = script(args, env);
  t.is(again.status, 0, again.stderr);
  const more = readFileSync(join(root, "calls"), "utf8").trim().split("\n").slice(calls.length);
  t.deepEqual(more, [], "nothing was left to do");
  const one = ["--seeds", "1", "--first-seed", "2"];
  const grown = script([...one, ...args.slice(0, 7), ...args.slice(9)], env);
  t.is(grown.status, 0, grown.stderr);
  t.is((await readTrials(out)).length, 30);
  // Other options would mix what cannot be compared.
  const other = script([...args, "--batch", "7"], env);
  t.is(other.status, 2);
  t.regex(other.stderr, /expected the options that .* was made with, .*--epochs 3/);
});

test("--help is the comment at the script's head", (t) => {
  const { status, stdout } = script(["--help"]);
  t.is(status, 0);
  for (const option of ["--other", "--sizes", "--seeds", "--picks", "--engine", "--precision"])
    t.true(stdout.includes(`  ${option} `), option);
  t.false(stdout.includes("set -euo"));
});

test("the settings and the machine of the first seed go into the file, without folders", async (t) => {
  const root = temporaryDirectory();
  t.is(await readContext(root), null);
  const base = join(root, "seed-0", "base");
  mkdirSync(base, { recursive: true });
  const flags = new Map([["data", "/home/me/photos"] as const, ["epochs", "7"] as const]);
  await writeRecord(join(base, "config.json"), resolveSettings({ flags }));
  await recordSession(join(base, "environment.json"), await describeSession("sslmem audit /home/me/photos"));
  const context = await readContext(root);
  const { settings, session } = context as {
    settings: Record<string, unknown>;
    session: { command: string };
  };
  t.is(Number(settings.epochs), 7);
  t.is(settings.data, "photos");
  t.is(session.command, "sslmem audit …/photos");
  removalSchema.parse(summarize(TRIALS, context));
});

test("the script says what it expected; a folder without probes is an error", async (t) => {
  for (const [args, words] of [
    [[], /expected a data set/],
    [["d", "--sizes", "5,x"], /"x"/],
    [["d", "--seeds", "0"], /--seeds/],
    [["d", "--first-seed", "-1"], /--first-seed/],
    [["d", "--picks", "worst"], /"worst"/],
    [["d", "e"], /one data set/],
    [["d", "--size", "5"], /received --size/],
    [["d", "--out"], /a value after --out/],
  ] as [string[], RegExp][]) {
    const { status, stderr } = script(args);
    t.is(status, 2, stderr);
    t.regex(stderr, words);
  }
  const empty = temporaryDirectory();
  mkdirSync(join(empty, "seed-0", "probes"), { recursive: true });
  await t.throwsAsync(readTrials(empty), { message: /none/ });
});

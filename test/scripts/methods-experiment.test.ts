// scripts/experiments/methods.mjs: its table out of results made here, what it refuses, and a difference's interval.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { temporaryDirectory } from "../train/helpers.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const script = join(root, "scripts", "experiments", "methods.mjs");
const { difference, writeTable } = await import(join(root, "scripts", "experiments", "methods", "table.mjs"));

const write = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value));
const probe = (accuracies: Record<string, number>) => ({
  encoders: Object.entries(accuracies).map(([encoder, mean]) => ({
    encoder,
    results: [{ method: "knn", mean, over_test_images: [mean - 0.02, mean + 0.02] }],
  })),
});

/** A folder with one whole row and one whose last probe was interrupted. */
function results(): string {
  const out = temporaryDirectory();
  for (const name of ["simclr", "byol"]) {
    const run = join(out, name);
    mkdirSync(join(run, "f"), { recursive: true });
    writeFileSync(join(run, "f", "metrics.jsonl"), '{"loss":4.5}\n{"loss":3.25}\n');
    const settings = { method: name, arch: "resnet9", "image-size": 24, epochs: 7 };
    write(join(run, "config.json"), {
      settings: Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, { value }])),
    });
    const subsets = ["shared", "candidate", "independent", "external"].map((subset, i) => ({
      subset,
      n: i + 1,
    }));
    const headline = { relative: { value: 0.01, low: -0.02, high: 0.04 }, p_greater: 0.25 };
    const audit = { headline, membership_auc: 0.5625, subsets, collapsed: [] };
    const result = (output: unknown) => ({ command: ["audit"], cpu_seconds: 90, output });
    write(`${run}.audit.json`, result(audit));
    write(`${run}.probe.json`, result(probe({ f: 0.3, g: 0.28 })));
    write(`${run}.untrained.probe.json`, result(name === "byol" ? null : probe({ f: 0.25 })));
  }
  return out;
}

test("the table has the rows that are whole, and their figures", (t) => {
  const out = results();
  writeTable(out, "/somewhere/data.tar", 3);
  const { data, seed, rows } = JSON.parse(readFileSync(join(out, "methods.json"), "utf8"));
  t.deepEqual([data, seed, rows.length], ["data.tar", 3, 1]);
  t.is(
    readFileSync(join(out, "methods.md"), "utf8").trim().split("\n")[2],
    "| simclr | resnet9, 24 | 3 × 7 | 1.5 | 4.50 → 3.25 | kNN | 25.0 (23.0 to 27.0) | 30.0 (28.0 to 32.0) | 28.0 (26.0 to 30.0) | +5.0 (+2.2 to +7.8) | +0.0100 (−0.0200 to +0.0400) | 0.250 | 0.56 |",
  );
});

test("the interval of a difference is Newcombe's", (t) => {
  // Newcombe 1998, table II, column (a), method 10: 56/70 and 48/80, 0.2 with 0.0524 to 0.3339.
  const wilson = (hits: number, n: number) => {
    const [p, z] = [hits / n, 1.959964];
    const [middle, half] = [p + z ** 2 / (2 * n), z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))];
    return { accuracy: p, interval: [middle - half, middle + half].map((end) => end / (1 + z ** 2 / n)) };
  };
  const { value, low, high } = difference(wilson(56, 70), wilson(48, 80));
  t.deepEqual(
    [value, low, high].map((x) => x.toFixed(4)),
    ["0.2000", "0.0524", "0.3339"],
  );
});

test("what it cannot do is refused: other settings than a result's, unknown rows, no data", (t) => {
  const out = results();
  const said = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
    t.is(status, 2);
    return stderr;
  };
  t.regex(
    said("data.tar", "--out", out, "--rows", "simclr", "--seed", "4"),
    /simclr\.audit\.json was made with/,
  );
  t.regex(said("data.tar", "--rows", "toString"), /expected rows of simclr.*"toString"/);
  t.regex(said(), /one data set but received 0/);
});

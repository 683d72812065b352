#!/usr/bin/env node
// Every method once, at the smallest size at which it says something on two cores: an audit of a few hundred labelled images,
// probes of f, of g and of the encoder before its training, and one table of what was found.
//
//   node scripts/experiments/methods.mjs DATA [--out DIR] [--rows simclr,mae] [--seed S] [-- FLAGS of sslmem]
//
//   --out DIR     where everything lands (default runs/methods)
//   --rows A,B    only these rows of scripts/experiments/methods/rows.mjs, one after the other (default all)
//   --seed S      of split, training and scoring (default 0)
//
// Example, five to ten minutes for each row on two cores:
//   node scripts/experiments/methods.mjs cifar10.tar -- --engine torch
//
// DIR/ROW is an ordinary audit, DIR/ROW.untrained the same training stopped before its first step. Run it again and it goes on
// where it was. DIR/methods.json and DIR/methods.md have the rows that are there. Time is that of all processors together.
// The data need labels and a test part.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROWS } from "./methods/rows.mjs";
import { sslmem } from "./methods/run.mjs";
import { writeTable } from "./methods/table.mjs";

const fail = (sentence) => {
  console.error(`methods.mjs: ${sentence}`);
  process.exit(2);
};
const end = process.argv.indexOf("--");
const own = process.argv.slice(2, end < 0 ? undefined : end);
const more = end < 0 ? [] : process.argv.slice(end + 1);
const options = {
  out: { type: "string", default: join("runs", "methods") },
  rows: { type: "string", default: Object.keys(ROWS).join() },
  seed: { type: "string", default: "0" },
  help: { type: "boolean", short: "h" },
};
let parsed;
try {
  parsed = parseArgs({ args: own, options, allowPositionals: true });
} catch (error) {
  fail(error.message);
}
const { values, positionals } = parsed;
const names = values.rows.split(",");
for (const name of names)
  if (!(name in ROWS)) fail(`expected rows of ${Object.keys(ROWS).join(", ")} but received "${name}"`);
if (positionals.length !== 1)
  fail("expected one data set: node scripts/experiments/methods.mjs DATA [options] [-- flags of sslmem]");
const [data] = positionals;
mkdirSync(values.out, { recursive: true });

for (const name of names) {
  const { flags } = ROWS[name];
  const run = join(values.out, name);
  const before = `${run}.untrained`;
  const training = [...flags, "--seed", values.seed, "--split-seed", values.seed, ...more];
  console.error(`== ${name}`);
  sslmem(["audit", data, "--run", run, ...training], `${run}.audit.json`);
  sslmem(
    ["train", data, "--run", before, "--only", "f", "--stop-after", "0", ...training],
    `${before}.train.json`,
  );
  probe(run, name);
  probe(before, name);
}
writeTable(values.out, data, Number(values.seed));

function probe(run, name) {
  const what = ROWS[name].probe === "linear" ? "lbfgs" : "knn";
  const sizes = ["--seeds", "1", "--train-limit", "2000", "--test-limit", "2000"];
  sslmem(["probe", "--run", run, "--methods", what, ...sizes], `${run}.probe.json`);
}

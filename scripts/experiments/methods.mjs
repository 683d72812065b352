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
// where it was; other settings need another DIR. DIR/methods.json and DIR/methods.md have the rows that are there. Time is that of
// all processors together. The data need labels and a test part.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROWS } from "./methods/rows.mjs";
import { sslmem } from "./methods/run.mjs";
import { writeTable } from "./methods/table.mjs";

const options = {
  out: { type: "string", default: join("runs", "methods") },
  rows: { type: "string", default: Object.keys(ROWS).join() },
  seed: { type: "string", default: "0" },
  help: { type: "boolean", short: "h", default: false },
};

try {
  main();
} catch (error) {
  console.error(`methods.mjs: ${error.message}`);
  process.exitCode = 2;
}

function main() {
  const end = process.argv.indexOf("--");
  const own = process.argv.slice(2, end < 0 ? undefined : end);
  const more = end < 0 ? [] : process.argv.slice(end + 1);
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true });
  if (values.help) {
    const comment = /^(\/\/.*\n)+/m.exec(readFileSync(new URL(import.meta.url), "utf8"))[0];
    console.log(comment.replaceAll(/^\/\/ ?/gm, "").trim());
    return;
  }
  const names = values.rows.split(",");
  const unknown = names.find((name) => !Object.hasOwn(ROWS, name));
  if (unknown !== undefined)
    throw new Error(`expected rows of ${Object.keys(ROWS).join(", ")} but received "${unknown}"`);
  if (positionals.length !== 1)
    throw new Error(
      `expected one data set but received ${positionals.length}: node scripts/experiments/methods.mjs DATA [options] [-- flags of sslmem]`,
    );
  const [data] = positionals;
  mkdirSync(values.out, { recursive: true });
  for (const name of names) {
    console.error(`== ${name}`);
    const code = measure(join(values.out, name), data, ROWS[name], [
      ...["--seed", values.seed, "--split-seed", values.seed],
      ...more,
    ]);
    if (code !== 0) {
      process.exitCode = code;
      return;
    }
  }
  writeTable(values.out, data, Number(values.seed));
}

/** The commands of a row, until one fails. Returns the exit code of the last one. */
function measure(run, data, { flags, probe }, more) {
  const before = `${run}.untrained`;
  const training = [...flags, ...more];
  const sizes = ["--seeds", "1", "--train-limit", "2000", "--test-limit", "2000"];
  const probed = (root) => [["probe", "--run", root, "--methods", probe, ...sizes], `${root}.probe.json`];
  const commands = [
    [["audit", data, "--run", run, ...training], `${run}.audit.json`],
    [
      ["train", data, "--run", before, "--only", "f", "--stop-after", "0", ...training],
      `${before}.train.json`,
    ],
    probed(run),
    probed(before),
  ];
  for (const [command, result] of commands) {
    const code = sslmem(command, result);
    if (code !== 0) return code;
  }
  return 0;
}

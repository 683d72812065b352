import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROWS } from "./rows.mjs";
import { resultOf } from "./run.mjs";

/**
 * Writes methods.json and methods.md of the rows that are whole, and prints the latter.
 *
 * @param {string} out folder of the results @param {string} data that they are of @param {number} seed of them
 */
export function writeTable(out, data, seed) {
  const isWhole = (path) => existsSync(path) && resultOf(path).output !== null;
  const names = Object.keys(ROWS).filter((name) => isWhole(join(out, `${name}.untrained.probe.json`)));
  const rows = names.map((name) => rowOf(out, name));
  const table = { schema: "sslmem/experiment-methods@1", data: basename(data), seed, rows };
  writeFileSync(join(out, "methods.json"), `${JSON.stringify(table, null, 2)}\n`);
  writeFileSync(join(out, "methods.md"), markdown(rows));
  console.log(markdown(rows));
}

function rowOf(out, name) {
  const run = join(out, name);
  const { output: audit, cpu_seconds } = resultOf(`${run}.audit.json`);
  const { headline, membership_auc, subsets, collapsed } = audit;
  const lines = readFileSync(join(run, "f", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [probe, before] = [run, `${run}.untrained`].map((of) => resultOf(`${of}.probe.json`).output);
  const accuracy = ({ encoders }, encoder) => {
    const { mean, over_test_images } = encoders.find((one) => one.encoder === encoder).results[0];
    return { accuracy: mean, interval: over_test_images };
  };
  const [untrained, f, g] = [accuracy(before, "f"), accuracy(probe, "f"), accuracy(probe, "g")];
  const { settings } = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
  return {
    name,
    method: settings.method.value,
    architecture: settings.arch.value,
    image_size: settings["image-size"].value,
    images: Object.fromEntries(subsets.map(({ subset, n }) => [subset, n])),
    epochs: settings.epochs.value,
    cpu_seconds,
    loss: { first: lines[0].loss, last: lines.at(-1).loss },
    collapsed,
    probe: {
      method: probe.encoders[0].results[0].method,
      ...{ untrained, f, g },
      gain: difference(f, untrained),
    },
    relative: headline.relative,
    p: headline.p_greater,
    auc: membership_auc,
  };
}

/**
 * A difference of two accuracies with its 95 % interval out of Wilson's of each (Newcombe 1998, method 10). It takes the two as of
 * different test images; they are the same ones, for which it is wide.
 */
export function difference(a, b) {
  const value = a.accuracy - b.accuracy;
  const [low, high] = [
    Math.hypot(a.accuracy - a.interval[0], b.interval[1] - b.accuracy),
    Math.hypot(a.interval[1] - a.accuracy, b.accuracy - b.interval[0]),
  ];
  return { value, low: value - low, high: value + high };
}

const HEAD = [
  "method",
  "encoder, px",
  "images × epochs",
  "CPU min",
  "loss of f",
  "probe",
  "untrained",
  "f",
  "g",
  "f − untrained (95 %)",
  "candidate − external (95 %)",
  "p",
  "AUC",
];
const percent = ({ accuracy, interval }) =>
  `${(100 * accuracy).toFixed(1)} (${interval.map((end) => (100 * end).toFixed(1)).join(" to ")})`;
const signed = (x, digits = 4) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(digits)}`;
const points = (x) => signed(100 * x, 1);
const small = (p) => (p < 0.001 ? p.toExponential(1) : p.toFixed(3));

function markdown(rows) {
  const cells = rows.map((row) => [
    row.method,
    `${row.architecture}, ${row.image_size}`,
    `${row.images.shared + row.images.candidate} × ${row.epochs}`,
    (row.cpu_seconds / 60).toFixed(1),
    `${row.loss.first.toPrecision(3)} → ${row.loss.last.toPrecision(3)}`,
    { knn: "kNN", lbfgs: "linear" }[row.probe.method],
    ...[row.probe.untrained, row.probe.f, row.probe.g].map(percent),
    `${points(row.probe.gain.value)} (${points(row.probe.gain.low)} to ${points(row.probe.gain.high)})`,
    `${signed(row.relative.value)} (${signed(row.relative.low)} to ${signed(row.relative.high)})`,
    small(row.p),
    row.auc.toFixed(2),
  ]);
  return [HEAD, HEAD.map(() => "---"), ...cells].map((line) => `| ${line.join(" | ")} |\n`).join("");
}

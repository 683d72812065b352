import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "./rows.mjs";
import { secondsOf } from "./run.mjs";

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Writes methods.json and methods.md of the rows whose results are in the folder. */
export function writeTable(out, data, seed) {
  const names = Object.keys(ROWS).filter((name) => existsSync(join(out, `${name}.untrained.probe.json`)));
  const rows = names.map((name) => rowOf(out, name));
  const table = { schema: "sslmem/experiment-methods@1", data, seed, rows };
  writeFileSync(join(out, "methods.json"), `${JSON.stringify(table, null, 2)}\n`);
  writeFileSync(join(out, "methods.md"), markdown(rows));
  console.log(markdown(rows));
}

function rowOf(out, name) {
  const run = join(out, name);
  const { headline, membership_auc, subsets, collapsed } = json(`${run}.audit.json`);
  const lines = readFileSync(join(run, "f", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const accuracy = (path, encoder) => {
    const of = json(path).encoders.find((one) => one.encoder === encoder)?.results[0];
    return { accuracy: of.mean, interval: of.over_test_images };
  };
  const { settings } = json(join(run, "config.json"));
  const value = (name) => settings[name].value;
  return {
    name,
    method: value("method"),
    architecture: value("arch"),
    image_size: value("image-size"),
    images: Object.fromEntries(subsets.map(({ subset, n }) => [subset, n])),
    epochs: value("epochs"),
    cpu_seconds: secondsOf(`${run}.audit.json`),
    loss: { first: lines[0].loss, last: lines.at(-1).loss },
    collapsed,
    probe: {
      method: json(`${run}.probe.json`).encoders[0].results[0].method,
      untrained: accuracy(`${run}.untrained.probe.json`, "f"),
      f: accuracy(`${run}.probe.json`, "f"),
      g: accuracy(`${run}.probe.json`, "g"),
    },
    relative: headline.relative,
    p: headline.p_greater,
    auc: membership_auc,
  };
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
  "candidate − external (95 %)",
  "p",
  "AUC",
];
const percent = ({ accuracy, interval }) =>
  `${(100 * accuracy).toFixed(1)} (${interval.map((end) => (100 * end).toFixed(1)).join(" to ")})`;
const signed = (x) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(4)}`;
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
    `${signed(row.relative.value)} (${signed(row.relative.low)} to ${signed(row.relative.high)})`,
    small(row.p),
    row.auc.toFixed(2),
  ]);
  return [HEAD, HEAD.map(() => "---"), ...cells].map((line) => `| ${line.join(" | ")} |\n`).join("");
}

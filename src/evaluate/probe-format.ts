import { table } from "../text/text-table.js";
import type { ProbeReport } from "./probe-schema.js";

const percent = (share: number): string => (100 * share).toFixed(2);
const range = (interval: readonly [number, number] | null): string =>
  interval === null ? "–" : `${percent(interval[0])} to ${percent(interval[1])}`;

const NAMES = { sgd: "linear, SGD", lbfgs: "linear, L-BFGS", knn: "kNN" } as const;

/** A probe's report as text for a terminal. */
export function formatProbe(report: ProbeReport): string {
  const rows = [
    ["encoder", "probe", "accuracy, %", `over ${report.seeds} seeds`, "over test images"],
    ...report.encoders.flatMap(({ encoder, pair, results }) =>
      results.map(({ method, mean, over_seeds, over_test_images }) => [
        encoder === "weights" ? "weights" : `${encoder}, pair ${pair}`,
        NAMES[method],
        percent(mean),
        range(over_seeds),
        range(over_test_images),
      ]),
    ),
    ...report.over_pairs.map(({ encoder, method, pairs, mean, interval }) => [
      `${encoder}, mean of ${pairs} pairs`,
      NAMES[method],
      percent(mean),
      `pairs: ${range(interval)}`,
      "",
    ]),
  ];
  const held = report.held_out ? ", held out of its training images" : "";
  return [
    `Accuracy on ${report.test} test images of ${report.data}${held}, after ${report.train} training images (${report.classes.length} classes; 95 % intervals):`,
    ...table(rows, "words"),
    ...(report.network == null || report.network === "auto"
      ? []
      : [`Networks: --network ${report.network}.`]),
  ].join("\n");
}

import { longest } from "../../../src/arrays.js";
import type { Cell, Removal } from "./schema.js";

const percent = (share: number, sign = false): string =>
  `${sign ? (share < 0 ? "−" : "+") : share < 0 ? "−" : ""}${Math.abs(100 * share).toFixed(2)}`;
const range = (interval: readonly [number, number] | null, sign = false): string =>
  interval === null ? "–" : `${percent(interval[0], sign)} to ${percent(interval[1], sign)}`;

const HEAD = [
  "data",
  "probe",
  "removed",
  "which",
  "seeds",
  "accuracy, %",
  "95 %",
  "minus random",
  "95 %",
  "minus matched",
  "95 %",
];

/** The cells as text for a terminal. */
export function formatTable({ cells }: Removal): string {
  const rows = [HEAD, ...cells.map(row)];
  const widths = HEAD.map((_, c) => longest(rows.map((cells) => cells[c] as string)));
  return rows
    .map((cells) =>
      cells
        .map((text, c) => text.padEnd(widths[c] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function row({ data, method, removed, pick, seeds, mean, interval, ...cell }: Cell): string[] {
  const differences = [cell.against_random, cell.against_matched];
  return [
    data,
    method,
    String(removed),
    pick,
    String(seeds),
    percent(mean),
    range(interval),
    ...differences.flatMap((one) =>
      one === null ? ["–", "–"] : [percent(one.mean, true), range(one.interval, true)],
    ),
  ];
}

/** The trials as CSV: one row a seed, pick, size, data set and probe. */
export function toCsv({ trials }: Removal): string {
  const quoted = (value: string | number) =>
    typeof value === "number" ? String(value) : `"${value.replaceAll('"', '""')}"`;
  const names = ["seed", "pick", "removed", "on", "data", "method", "accuracy"] as const;
  return [names.join(), ...trials.map((trial) => names.map((name) => quoted(trial[name])).join())].join("\n");
}

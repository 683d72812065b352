import { extent } from "../../arrays.js";
import type { Html } from "../html.js";
import { shortened } from "../number-format.js";
import { draw } from "./vega.js";

/** One row of a plot of intervals. */
export interface Interval {
  /** Its label; a line break makes two lines of it. */
  name: string;
  value: number;
  low: number | null;
  high: number | null;
  colour?: string;
}

/**
 * Figures with their intervals, a row each, and a line at 0.
 *
 * @param title of the axis
 */
export async function intervalsPlot(
  description: string,
  title: string,
  rows: readonly Interval[],
): Promise<Html> {
  const colours = rows.map(({ colour }) => colour ?? "var(--candidate)");
  // Rows by their number: shortened names may be the same.
  const labels = rows.map(({ name }) => name.split("\n").map((line) => shortened(line)));
  const [, lines] = extent([1, ...labels.map(({ length }) => length)]);
  const y = {
    field: "row",
    type: "ordinal",
    title: null,
    axis: { labelExpr: `${JSON.stringify(labels)}[datum.value]`, grid: false, ticks: true },
  } as const;
  const color = {
    field: "row",
    type: "nominal",
    legend: null,
    scale: { domain: rows.map((_, row) => row), range: colours },
  } as const;
  const axis = { tickCount: 4, format: "+.2~f" };
  return draw(description, {
    width: 220,
    height: { step: 8 + 14 * lines },
    data: { values: rows.map(({ value, low, high }, row) => ({ row, value, low, high })) },
    layer: [
      { mark: { type: "rule", strokeDash: [2, 2] }, encoding: { x: { datum: 0 } } },
      {
        transform: [{ filter: "isValid(datum.low) && isValid(datum.high)" }],
        mark: { type: "rule", strokeWidth: 2 },
        encoding: { y, x: { field: "low", type: "quantitative", title, axis }, x2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, size: 60, opacity: 1 },
        encoding: { y, x: { field: "value", type: "quantitative", title, axis }, color },
      },
    ],
  });
}

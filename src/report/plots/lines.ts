import type { Html } from "../html.js";
import { draw } from "./vega.js";

/** One line of a plot; all have their own colour, dashes and (with few points) marks. */
export interface Line {
  name: string;
  /** Default: one of the page's colours, in the order of the lines. */
  colour?: string;
  /** With an error, a rule from y − error to y + error. */
  points: readonly { x: number; y: number; error?: number | null }[];
}

const COLOURS = ["var(--candidate)", "var(--shared)", "var(--independent)", "var(--external)"];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
];

/** What a plot of lines shows beside its points. */
export interface LinesOptions {
  description: string;
  x: string;
  y: string;
  /** Range of the y axis; default: that of the points. */
  yDomain?: readonly [number, number];
  /** Range of the x axis; default: that of the points. */
  xDomain?: readonly [number, number];
  /** A reference line between two points, such as chance. */
  reference?: readonly [readonly [number, number], readonly [number, number]];
  /** A mark at every point. */
  marks?: boolean;
  /** Names of x = 0, 1, …, written along the axis in place of the numbers, as many as have room. */
  names?: readonly string[];
}

/** Some lines over a common axis. */
export async function linesPlot(lines: readonly Line[], options: LinesOptions): Promise<Html> {
  const names = lines.map(({ name }) => name);
  const values = lines.flatMap(({ name, points }) =>
    points.map(({ x, y, error }) => ({ x, y, name, low: y - (error ?? 0), high: y + (error ?? 0) })),
  );
  const hasErrors = values.some(({ low, high }) => low < high);
  const scale = (domain: readonly [number, number] | undefined) => ({
    zero: false,
    ...(domain && { domain }),
  });
  const x = {
    field: "x",
    type: "quantitative",
    title: options.x,
    scale: scale(options.xDomain),
    axis: options.names === undefined ? { tickCount: 5 } : namedAxis(options.names),
  };
  const y = {
    field: "y",
    type: "quantitative",
    title: options.y,
    scale: scale(options.yDomain),
    axis: { tickCount: 5 },
  };
  const legend =
    lines.length > 1 ? { columns: 1, symbolType: "stroke", symbolSize: 360, symbolStrokeWidth: 1.8 } : null;
  const colours = lines.map(({ colour }, i) => colour ?? (COLOURS[i % COLOURS.length] as string));
  const pick = (range: readonly unknown[]) => ({
    field: "name",
    type: "nominal",
    legend,
    scale: { domain: names, range: names.map((_, i) => range[i % range.length]) },
  });
  const [from, to] = options.reference ?? [];
  return draw(options.description, {
    width: 280,
    height: 220,
    layer: [
      ...(from && to
        ? [
            {
              data: { values: [{ x: from[0], y: from[1], x2: to[0], y2: to[1] }] },
              mark: { type: "rule", strokeDash: [4, 3] },
              encoding: { x, y, x2: { field: "x2" }, y2: { field: "y2" } },
            },
          ]
        : []),
      ...(hasErrors
        ? [
            {
              data: { values },
              mark: { type: "rule", strokeWidth: 1, opacity: 0.8 },
              encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: pick(colours) },
            },
          ]
        : []),
      {
        data: { values },
        mark: { type: "line", strokeWidth: 1.8, point: options.marks ? { filled: true, size: 30 } : false },
        // In the order of the points: a ROC rises straight up where many have one false positive rate.
        encoding: { x, y, order: { value: null }, color: pick(colours), strokeDash: pick(DASHES) },
      },
    ],
  });
}

/** Ticks at 0, 1, … with names in place of numbers. */
function namedAxis(names: readonly string[]): object {
  return {
    values: names.map((_, i) => i),
    labelExpr: `${JSON.stringify(names)}[datum.value]`,
    labelAngle: -90,
    labelAlign: "right",
    labelOverlap: "greedy",
    grid: false,
  };
}

import type { TopLevelSpec } from "vega-lite";
import { PICKS, type Removal } from "./schema.js";

/** Okabe and Ito's colours, told apart by people with any colour vision; shapes say the same. */
const COLOURS = {
  none: "#000000",
  most: "#D55E00",
  "matched-random": "#E69F00",
  random: "#56B4E9",
  least: "#009E73",
};
const SHAPES = {
  none: "diamond",
  most: "triangle-down",
  "matched-random": "square",
  random: "circle",
  least: "triangle-up",
};

/**
 * Accuracy against the number of removed candidates, with intervals over the seeds: a row for each probe, a column for
 * each data set.
 */
export function plotSpec({ cells }: Removal): TopLevelSpec {
  const domain = PICKS.filter((pick) => cells.some((cell) => cell.pick === pick));
  const values = cells.map(({ interval, mean, data, method, pick, removed }) => ({
    data,
    method,
    pick,
    removed,
    mean: 100 * mean,
    low: 100 * (interval?.[0] ?? mean),
    high: 100 * (interval?.[1] ?? mean),
  }));
  const shared = {
    x: { field: "removed", type: "ordinal", title: "candidates removed", axis: { labelAngle: 0 } },
    xOffset: { field: "pick", sort: domain },
    color: {
      field: "pick",
      title: "which",
      scale: { domain, range: domain.map((pick) => COLOURS[pick]) },
    },
  };
  return {
    data: { values },
    background: "white",
    facet: {
      column: { field: "data", title: null, sort: cells.map(({ data }) => data) },
      row: { field: "method", title: null },
    },
    resolve: { scale: { y: "independent" } },
    spec: {
      width: 260,
      height: 160,
      layer: [
        {
          mark: { type: "rule", strokeWidth: 1.5 },
          encoding: { ...shared, y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 60, opacity: 1 },
          encoding: {
            ...shared,
            y: {
              field: "mean",
              type: "quantitative",
              title: "accuracy of f, %",
              scale: { zero: false },
            },
            shape: {
              field: "pick",
              title: "which",
              scale: { domain, range: domain.map((pick) => SHAPES[pick]) },
            },
          },
        },
      ],
    },
  } as TopLevelSpec;
}

/** Draws the plot as SVG, without a browser. */
export async function drawSvg(removal: Removal): Promise<string> {
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(lite.compile(plotSpec(removal)).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

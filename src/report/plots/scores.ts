import { extent } from "../../arrays.js";
import type { Html } from "../html.js";
import { shortened } from "../number-format.js";
import { COLOURS, draw } from "./vega.js";

/** The score of images in one run against that in another, with the line of equal scores. */
export async function scoresPlot(
  points: readonly { first: number; second: number }[],
  names: readonly [string, string],
): Promise<Html> {
  const all = points.flatMap(({ first, second }) => [first, second]);
  const domain = all.length === 0 ? [-1, 1] : extent(all);
  const scale = { domain, nice: true, zero: false };
  const axis = { tickCount: 4, format: "+.2~f" };
  const [x, y] = names.map((name) => `score in ${shortened(name, 28)}`);
  return draw("Score of each image in the first run against that in the second.", {
    width: 290,
    height: 290,
    layer: [
      {
        data: { values: [{ a: domain[0], b: domain[1] }] },
        mark: { type: "rule", strokeDash: [4, 3] },
        encoding: {
          x: { field: "a", type: "quantitative", scale, axis, title: x },
          x2: { field: "b" },
          y: { field: "a", type: "quantitative", scale, axis, title: y },
          y2: { field: "b" },
        },
      },
      {
        data: { values: points.map(({ first, second }) => ({ first, second })) },
        mark: { type: "point", size: 26, opacity: 0.75, strokeWidth: 1.2, color: COLOURS.candidate },
        encoding: {
          x: { field: "first", type: "quantitative" },
          y: { field: "second", type: "quantitative" },
        },
      },
    ],
  });
}

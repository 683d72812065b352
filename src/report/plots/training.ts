import type { Html } from "../html.js";
import type { Curve } from "../schema.js";
import { COLOURS, draw } from "./vega.js";

/**
 * The loss of f and g over the steps of one or several pairs.
 *
 * @param what loss, or the accuracy of the pretext task where the method has one
 */
export async function trainingPlot(curves: readonly Curve[], what: "loss" | "accuracy"): Promise<Html> {
  const values = curves.flatMap(({ pair, encoder, points }) =>
    points.map((point) => ({ step: point.step, value: point[what], encoder, curve: `${encoder}${pair}` })),
  );
  const title = what === "loss" ? "training loss" : "pretext accuracy";
  return draw(`The ${title} of f and of g at every step.`, {
    width: 300,
    height: 170,
    data: { values },
    mark: { type: "line", strokeWidth: 1.6 },
    encoding: {
      x: { field: "step", type: "quantitative", title: "step" },
      y: { field: "value", type: "quantitative", title, scale: { zero: false } },
      detail: { field: "curve" },
      color: {
        field: "encoder",
        type: "nominal",
        scale: { domain: ["f", "g"], range: [COLOURS.f, COLOURS.g] },
      },
      strokeDash: {
        field: "encoder",
        type: "nominal",
        scale: {
          domain: ["f", "g"],
          range: [
            [1, 0],
            [5, 3],
          ],
        },
      },
    },
  });
}

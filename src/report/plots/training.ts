import type { Html } from "../html.js";
import type { Curve } from "../report-schema.js";
import { COLOURS, draw } from "./vega.js";

/**
 * The loss of f and g over the steps of one or several pairs, or another metric.
 *
 * @param what "loss", or the name of one of the method's metrics
 */
export async function trainingPlot(curves: readonly Curve[], what: string): Promise<Html> {
  const values = curves.flatMap(({ pair, encoder, points }) =>
    points.map((point) => ({
      step: point.step,
      value: what === "loss" ? point.loss : point.metrics[what],
      encoder,
      curve: `${encoder}${pair}`,
    })),
  );
  const title = what === "loss" ? "training loss" : what;
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

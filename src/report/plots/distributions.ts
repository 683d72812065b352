import { inOrder } from "../collect/distributions.js";
import type { Html } from "../html.js";
import type { Report } from "../schema.js";
import { COLOURS, draw } from "./vega.js";

/** The four distributions of the score: a row each over one axis, as shares of the subset, with the mean as a line. */
export async function distributionsPlot({ distributions, analysis }: Report): Promise<Html> {
  const { width, from, subsets } = distributions;
  const round = (value: number) => Number(value.toPrecision(12));
  const bins = subsets.flatMap(({ subset, counts }) => {
    const n = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count, i) => ({
      ...{ subset, share: count / n },
      ...{ start: round(from + i * width), end: round(from + (i + 1) * width) },
    }));
  });
  const means = inOrder(analysis.subsets)
    .filter(({ mean }) => mean !== null)
    .map(({ subset, mean }) => ({ subset, mean }));
  const names = subsets.map(({ subset }) => subset);
  const x = { field: "start", type: "quantitative", title: "sslmem score" } as const;
  return draw(
    `Distributions of the score in ${names.join(", ")} images, one above the other; the line in each is its mean. The table below has the counts.`,
    {
      data: { values: bins },
      facet: {
        row: {
          field: "subset",
          type: "nominal",
          sort: names,
          title: null,
          header: { labelAngle: 0, labelAlign: "left", labelOrient: "left" },
        },
      },
      spacing: 6,
      spec: {
        width: 270,
        height: 54,
        layer: [
          {
            mark: { type: "bar", binSpacing: 0, clip: true },
            encoding: {
              x: { ...x, bin: { binned: true, step: width } },
              x2: { field: "end" },
              y: { field: "share", type: "quantitative", axis: null },
              color: {
                field: "subset",
                type: "nominal",
                legend: null,
                scale: {
                  domain: names,
                  range: names.map((name) => COLOURS[name as keyof typeof COLOURS] ?? "var(--ink)"),
                },
              },
            },
          },
          { mark: { type: "rule", strokeDash: [2, 2] }, encoding: { x: { datum: 0 } } },
          ...means.map(({ subset, mean }) => ({
            transform: [
              { filter: { field: "subset", equal: subset } },
              { aggregate: [], groupby: ["subset"] },
            ],
            mark: { type: "rule", color: "var(--ink)", strokeWidth: 2 },
            encoding: { x: { datum: mean } },
          })),
        ],
      },
      resolve: { scale: { y: "independent" } },
    },
  );
}

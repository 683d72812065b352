import { extent } from "../../arrays.js";
import type { Html } from "../html.js";
import type { Report } from "../report-schema.js";
import { COLOURS, draw } from "./vega.js";

const SHAPES = {
  shared: "square",
  candidate: "circle",
  independent: "triangle-up",
  external: "diamond",
} as const;

/** L_f against L_g of some images: below the diagonal f aligns the image better. */
export async function lossesPlot({ scatter }: Report): Promise<Html> {
  const names = [...new Set(scatter.points.map(({ subset }) => subset))];
  const all = scatter.points.flatMap(({ lf, lg }) => [lf, lg]);
  const domain = all.length === 0 ? [0, 1] : extent(all);
  const scale = { domain, nice: true, zero: false };
  const pick = (table: Record<string, string>, rest: string) => names.map((name) => table[name] ?? rest);
  return draw(
    "Alignment loss under f against that under g, a mark for each image. Marks below the diagonal are images that f aligns better than g does.",
    {
      width: 290,
      height: 290,
      layer: [
        {
          data: { values: [{ a: domain[0], b: domain[1] }] },
          mark: { type: "rule", strokeDash: [4, 3] },
          encoding: {
            x: { field: "a", type: "quantitative", scale, title: "alignment loss under g" },
            x2: { field: "b" },
            y: { field: "a", type: "quantitative", scale, title: "alignment loss under f" },
            y2: { field: "b" },
          },
        },
        {
          data: { values: scatter.points.map(({ subset, lf, lg }) => ({ subset, lf, lg })) },
          mark: { type: "point", size: 26, opacity: 0.75, strokeWidth: 1.2 },
          encoding: {
            x: { field: "lg", type: "quantitative" },
            y: { field: "lf", type: "quantitative" },
            color: {
              field: "subset",
              type: "nominal",
              scale: { domain: names, range: pick(COLOURS, "var(--ink)") },
            },
            shape: {
              field: "subset",
              type: "nominal",
              scale: { domain: names, range: pick(SHAPES, "cross") },
            },
          },
        },
      ],
    },
  );
}

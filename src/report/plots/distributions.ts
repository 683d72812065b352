import type { Html } from "../html.js";
import type { Report } from "../report-schema.js";
import { COLOURS, draw } from "./vega.js";

type Run = Pick<Report, "distributions" | "analysis">;

/** The lowest and the highest edge of a run's bins. */
export function rangeOf({ distributions: { width, from, subsets } }: Run): [number, number] {
  const edge = (i: number) => Number((from + i * width).toPrecision(12));
  return [edge(0), edge(subsets[0]?.counts.length ?? 0)];
}

/**
 * The four distributions of the score: a row each over one axis, as shares of the subset, with the mean as a line.
 *
 * @param range of the axis; default: that of the bins
 */
export async function distributionsPlot(run: Run, range = rangeOf(run)): Promise<Html> {
  const { distributions, analysis } = run;
  const { width, from, subsets } = distributions;
  const edge = (i: number) => Number((from + i * width).toPrecision(12));
  const scale = { domain: range, nice: false, zero: false };
  const rows = subsets.map(({ subset, counts }, row) => {
    const n = counts.reduce((sum, one) => sum + one, 0);
    const mean = analysis.subsets.find((one) => one.subset === subset)?.mean ?? null;
    const isLast = row === subsets.length - 1;
    const axis = isLast ? { tickCount: 5, format: "+.2~f", title: "sslmem score", grid: false } : null;
    const x = (field: string) => ({ field, type: "quantitative", scale, axis });
    const line = (value: number, mark: object) => ({
      data: { values: [{ value }] },
      mark: { type: "rule", ...mark },
      encoding: { x: x("value") },
    });
    return {
      width: 350,
      height: 52,
      title: { text: subset, anchor: "start", frame: "group", fontWeight: "normal", offset: -12 },
      layer: [
        {
          data: {
            values: counts
              .map((one, i) => ({ start: edge(i), end: edge(i + 1), share: one / n }))
              .filter(({ share }) => share > 0),
          },
          mark: { type: "rect", color: COLOURS[subset as keyof typeof COLOURS] ?? "var(--quiet)" },
          encoding: {
            x: x("start"),
            x2: { field: "end" },
            y: { field: "share", type: "quantitative", axis: null, scale: { zero: true, domainMin: 0 } },
            y2: { datum: 0 },
          },
        },
        ...(range[0] <= 0 && range[1] >= 0 ? [line(0, { strokeDash: [2, 2] })] : []),
        ...(mean === null ? [] : [line(mean, { color: "var(--ink)", strokeWidth: 2 })]),
      ],
    };
  });
  const names = subsets.map(({ subset }) => subset).join(", ");
  return draw(
    `Distributions of the score in ${names} images, one above the other; the line in each is its mean. The table below has the counts.`,
    { vconcat: rows, spacing: 4 },
  );
}

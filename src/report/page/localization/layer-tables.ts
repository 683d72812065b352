import type { LayerSummary, Localization } from "../../../localize/localization-schema.js";
import type { Show } from "../../figures.js";
import { type Html, html } from "../../html.js";
import { count, decimals, percent, score } from "../../number-format.js";
import { type Line, linesPlot } from "../../plots/lines.js";
import { COLOURS } from "../../plots/vega.js";
import { figure, table } from "../elements.js";

type Value = { value: number | null | undefined; error?: number | null | undefined };

/** A line with a point for every layer where the figure is defined. */
export function lineOver<T>(
  name: string,
  rows: readonly T[],
  of: (row: T) => Value | undefined,
  colour?: string,
): Line {
  return {
    name,
    ...(colour && { colour }),
    points: rows.flatMap((row, x) => {
      const { value, error } = of(row) ?? {};
      return typeof value === "number" ? [{ x, y: value, error: error ?? null }] : [];
    }),
  };
}

const subsetOf = ({ subsets }: LayerSummary, name: string) => subsets.find(({ subset }) => subset === name);

/** LayerMem, its increments, and the candidates at both ends of the list, over the layers. */
export async function layerFigures({ layers }: Localization, show: Show): Promise<Html[]> {
  const names = layers.map(({ layer }) => layer);
  const plot = (what: string, y: string, lines: readonly Line[]) =>
    linesPlot(
      lines.filter(({ points }) => points.length > 0),
      {
        description: `${what} at every layer, from the input on.`,
        x: "layer",
        y,
        names,
        marks: true,
        reference: [
          [0, 0],
          [names.length - 1, 0],
        ],
      },
    );
  const subsets = (layers[0]?.subsets ?? []).map(({ subset }) => subset);
  const at = (row: number, subset: string, field: string, format = decimals(4)) => {
    const place = layers[row]?.subsets.findIndex((one) => one.subset === subset);
    return show(`/localization/layers/${row}/subsets/${place}/${field}`, format);
  };
  const pair = (row: number, subset: string, field: string) =>
    html`${at(row, subset, `${field}mean`, score)} ± ${at(row, subset, `${field}se`)}`;
  const k = layers[0]?.extremes.n ?? 0;
  const rowsOf = (cells: (row: number) => readonly Html[]) => names.map((name, row) => [name, ...cells(row)]);
  return [
    figure(
      await plot(
        "LayerMem of each subset",
        "LayerMem",
        subsets.map((name) =>
          lineOver(
            name,
            layers,
            (row) => ({ value: subsetOf(row, name)?.mean, error: subsetOf(row, name)?.se }),
            COLOURS[name as keyof typeof COLOURS],
          ),
        ),
      ),
      "LayerMem ± standard error over the images. External images show the offset of this pair of encoders.",
      table(
        "LayerMem by layer",
        ["layer", ...subsets, "candidates minus external"],
        rowsOf((row) => [...subsets.map((name) => pair(row, name, "")), pair(row, "candidate", "relative/")]),
      ),
    ),
    figure(
      await plot(
        "What each layer adds to LayerMem",
        "increment",
        subsets.map((name) =>
          lineOver(
            name,
            layers,
            (row) => {
              const { increment } = subsetOf(row, name) ?? {};
              return { value: increment?.mean, error: increment?.se };
            },
            COLOURS[name as keyof typeof COLOURS],
          ),
        ),
      ),
      "Increment (ΔLayerMem) ± standard error: LayerMem minus that of the layer before, image by image.",
      table(
        "Increment by layer",
        ["layer", ...subsets],
        rowsOf((row) => subsets.map((name) => pair(row, name, "increment/"))),
      ),
    ),
    figure(
      await plot("LayerMem of the candidates that the representation memorises most and least", "LayerMem", [
        lineOver(`${k} most memorised`, layers, ({ extremes }) => ({ value: extremes.most })),
        lineOver("all candidates", layers, (row) => ({ value: subsetOf(row, "candidate")?.mean })),
        lineOver(`${k} least memorised`, layers, ({ extremes }) => ({ value: extremes.least })),
      ]),
      html`The ${k} candidates with the highest and the ${k} with the lowest score at the representation, at every layer. They were chosen by the
last point, so part of the distance there is chance; how early the lines part is what to look at.`,
      table(
        "Extremes by layer",
        ["layer", `${k} most memorised`, `${k} least memorised`],
        rowsOf((row) =>
          ["most", "least"].map((end) => show(`/localization/layers/${row}/extremes/${end}`, score)),
        ),
      ),
    ),
  ];
}

/** Whether neighbouring layers memorise the same candidates. */
export function overlapTable({ overlaps, layers }: Localization, show: Show): Html {
  const place = new Map(layers.map(({ layer, position }) => [layer, position]));
  const first = layers[0]?.layer;
  const last = layers.at(-1)?.layer;
  const rows = overlaps.flatMap(({ first: a, second: b }, i) => {
    const isNext = (place.get(b) ?? 0) - (place.get(a) ?? 0) === 1;
    return isNext || (a === first && b === last) ? [{ a, b, i }] : [];
  });
  if (rows.length === 0) return html``;
  return html`<details><summary>Do neighbouring layers memorise the same images?</summary>${table(
    "Most memorised candidates in common, of each layer and the next, and of the first and the last",
    ["layers", "k", "of the k in common", "by chance", "Kendall's τ of all"],
    rows.map(({ a, b, i }) => {
      const at = (name: string, format = percent) => show(`/localization/overlaps/${i}/${name}`, format);
      return [`${a}, ${b}`, at("k", count), at("shared"), at("chance"), at("tau", decimals(2))];
    }),
  )}</details>`;
}

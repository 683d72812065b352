import type { Localization } from "../../../localize/localization-schema.js";
import type { Show } from "../../figures.js";
import { type Html, html } from "../../html.js";
import { count, decimals, percent } from "../../number-format.js";
import { type Line, linesPlot } from "../../plots/lines.js";
import { figure, idText, table, thumbnail } from "../elements.js";
import { lineOver } from "./layer-tables.js";

/** UnitMem and ClassMem over the layers, and whether units prefer candidates. */
export async function unitFigures(localization: Localization, show: Show): Promise<Html[]> {
  const { units, layers, images } = localization;
  const places = [...new Set(units.map(({ position }) => position))];
  const names = places.map((position) => layers[position]?.layer ?? String(position));
  const at = (position: number, encoder: string, subset: string) =>
    units.findIndex((row) => row.position === position && row.encoder === encoder && row.subset === subset);
  const kinds = [
    { name: "f, candidates", encoder: "f", subset: "candidate" },
    { name: "g, candidates", encoder: "g", subset: "candidate" },
    { name: "f, external", encoder: "f", subset: "external" },
    { name: "g, external", encoder: "g", subset: "external" },
  ].filter(({ subset }) => images.some((one) => one.subset === subset));
  const own = kinds.filter(({ subset }) => subset === "candidate");
  type Row = Localization["units"][number];
  const line = (kind: (typeof kinds)[number], value: (row: Row) => number | null | undefined): Line =>
    lineOver(kind.name, places, (position) => {
      const row = units[at(position, kind.encoder, kind.subset)];
      return { value: row && value(row) };
    });
  const plot = (what: string, y: string, lines: readonly Line[], options = {}) =>
    linesPlot(lines, {
      description: `${what}, at every layer.`,
      x: "layer",
      y,
      names,
      marks: true,
      ...options,
    });
  const cells = (of: typeof kinds, fields: readonly string[], format = decimals(3)) =>
    places.map((position, row) => [
      names[row] as string,
      ...of.flatMap(({ encoder, subset }) =>
        fields.map((field) => show(`/localization/units/${at(position, encoder, subset)}/${field}`, format)),
      ),
    ]);
  const heads = (of: typeof kinds, what: readonly string[]) =>
    of.flatMap(({ name }) => what.map((one) => `${name}${one}`));
  const figures = [
    figure(
      await plot(
        "Mean UnitMem of a layer's units",
        "mean UnitMem",
        kinds.map((kind) => line(kind, ({ unitmem }) => unitmem.mean)),
      ),
      "UnitMem, mean over the units of a layer.",
      html`${table("UnitMem by layer", ["layer", ...heads(kinds, ["", ", largest"])], cells(kinds, ["unitmem/mean", "unitmem/maximum"]))}${table(
        "UnitMem with the median of the other images, by layer",
        ["layer", ...heads(kinds, [""])],
        cells(kinds, ["unitmem_median/mean"]),
      )}${table("Units that respond to no image, of all", ["layer", ...heads(own, [", silent", ", units"])], cells(own, ["dead", "units"], count))}`,
    ),
  ];
  if (units.some(({ classmem }) => classmem !== null))
    figures.push(
      figure(
        await plot(
          "Mean ClassMem of a layer's units",
          "mean ClassMem",
          own.map((kind) => line(kind, ({ classmem }) => classmem?.mean)),
        ),
        "ClassMem, mean over the units of a layer: units tuned to classes rather than to single images.",
        table(
          "ClassMem by layer",
          ["layer", ...heads(own, ["", ", largest"])],
          cells(own, ["classmem/mean", "classmem/maximum"]),
        ),
      ),
    );
  if (units.some(({ candidate_first }) => candidate_first !== null))
    figures.push(
      figure(
        await plot(
          "Share of units whose strongest image is a candidate",
          "candidate first",
          own.map((kind) => line(kind, ({ candidate_first }) => candidate_first)),
          {
            reference: [
              [0, 0.5],
              [places.length - 1, 0.5],
            ],
          },
        ),
        "Share of the units that respond most, among as many candidates as external images, to a candidate. The straight line is chance; f above it and g not would say that units of f are tuned to what f was trained on.",
        table(
          "Candidate first, by layer",
          ["layer", ...heads(own, [""])],
          cells(own, ["candidate_first"], percent),
        ),
      ),
    );
  return figures;
}

/** The candidates that most units respond to most, in f and in g. */
export function topImageTable(
  { top_images }: Localization,
  show: Show,
  thumbnails: ReadonlyMap<number, string>,
): Html {
  if (top_images.length === 0) return html``;
  return html`<h3>Images that most units of f respond to most</h3>${table(
    "Units, of all layers, that respond to a candidate more than to all others",
    ["image", "units of f", "units of g", "largest UnitMem in f"],
    top_images.map(({ index, id }, i) => {
      const at = (field: string, format = count) => show(`/localization/top_images/${i}/${field}`, format);
      return [
        html`<span class="mentioned">${thumbnail(thumbnails.get(index))}${idText(id)}</span>`,
        at("units_f"),
        at("units_g"),
        at("unitmem", decimals(3)),
      ];
    }),
  )}<p class="small">An image with many units of both is odd; many of f and few of g point to what f has learned by
heart.</p>`;
}

/** The units of f with the largest UnitMem, and the images that they are about. */
export function topUnitList(
  { top_units }: Localization,
  show: Show,
  thumbnails: ReadonlyMap<number, string>,
): Html {
  if (top_units.length === 0) return html``;
  return html`<h3>Units of f that memorise single candidates most</h3>
<p class="small">The ${top_units.length} units with the largest UnitMem, each with the candidates that it responds to most (mean activation).</p>
<ol class="units">${top_units.map((unit, i) => {
    const at = (field: string) => show(`/localization/top_units/${i}/${field}`, decimals(3));
    return html`<li><b>${unit.layer}, unit ${unit.unit}</b>${unit.pair > 0 && ` of pair ${unit.pair}`}: UnitMem ${at("unitmem")} (median form ${at("unitmem_median")}${unit.classmem !== null && html`; ClassMem ${at("classmem")}`})
<ul class="excited">${unit.images.map(
      ({ index, id }, j) =>
        html`<li>${thumbnail(thumbnails.get(index))}${at(`images/${j}/activation`)} ${idText(id)}</li>`,
    )}</ul></li>
`;
  })}</ol>`;
}

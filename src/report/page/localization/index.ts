import type { Localization } from "../../../localize/localization-schema.js";
import type { Show } from "../../figures.js";
import { type Html, html } from "../../html.js";
import { count, decimals } from "../../number-format.js";
import type { Report } from "../../report-schema.js";
import type { Section } from "../elements.js";
import { layerFigures, overlapTable } from "./layer-tables.js";
import { topImageTable, topUnitList, unitFigures } from "./unit-tables.js";

/**
 * Where in the network f memorises: LayerMem of every layer, UnitMem and ClassMem of every unit (arXiv 2409.19069).
 *
 * @param thumbnails data URIs by manifest index; empty for a report without pictures
 */
export async function localizationSection(
  { localization }: Report,
  show: Show,
  thumbnails: ReadonlyMap<number, string>,
): Promise<Section | null> {
  if (localization === null) return null;
  return {
    id: "layers",
    title: "Where in the network f memorises",
    body: html`${introduction(localization, show)}<h3>Layers</h3><div class="plots">${await layerFigures(localization, show)}</div>
${overlapTable(localization, show)}<h3>Units</h3><p>UnitMem of a unit is (μ<sub>max</sub> − μ<sub>rest</sub>) / (μ<sub>max</sub> + μ<sub>rest</sub>): how much more the unit
responds to the views of one image than to those of all others. It is high for an odd image whether f was trained on it or not, so
compare it with g, and with external images. ClassMem is the same ratio for one class against the others.</p>
<div class="plots">${await unitFigures(localization, show)}</div>${topImageTable(localization, show, thumbnails)}${topUnitList(localization, show, thumbnails)}`,
  };
}

function introduction({ images, views, pairs, distance, depth_trend }: Localization, show: Show): Html {
  const drawn = images.map(
    ({ subset, n, of }, i) =>
      html`${i > 0 && " and "}${show(`/localization/images/${i}/n`, count)}${n < of && html` of ${show(`/localization/images/${i}/of`, count)}`} ${subset} images`,
  );
  const trend = depth_trend.relative === null ? "raw" : "relative";
  return html`<p>LayerMem of a layer is the mean score, with the distances taken between that layer's outputs; the increment is what a layer
adds to the one before. Measured on ${drawn}${images.some(({ n, of }) => n < of) && ", drawn at random"} (${views} views, ${distance}, ${pairs} ${pairs === 1 ? "pair" : "pairs"} of encoders).
${
  depth_trend[trend] !== null &&
  html`Kendall's τ between a layer's depth and the candidates' LayerMem${trend === "relative" && " minus that of the external images"} is
${show(`/localization/depth_trend/${trend}`, decimals(2))}: 1 if every layer memorises more than the one before, as in the paper's tables, where a ResNet-9
(SimCLR, CIFAR-10) goes from 0.091 at its first layer to 0.311 at its last.`
}</p>`;
}

import type { Op } from "../../augment/index.js";
import { errorOver } from "../../text/number-words.js";
import type { Show } from "../figures.js";
import { type Html, html } from "../html.js";
import { count, decimals, level, score } from "../number-format.js";
import type { Pictures } from "../pictures.js";
import type { Report, ShownImage } from "../report-schema.js";
import { idText, nameText, range, type Section } from "./elements.js";

/** The most and the least memorised candidates; opened, each shows the views that it was scored on. */
export function gallerySection(report: Report, show: Show, pictures: ReadonlyMap<number, Pictures>): Section {
  const { images, analysis } = report;
  const candidates = analysis.subsets.find(({ subset }) => subset === "candidate")?.n ?? 0;
  const list = (which: "most" | "least", title: string) => html`<h3>${title}</h3>
<p class="small">${images[which].length} of ${count(candidates)} candidates; score ± standard error ${errorOver(analysis.pairs)}.</p>
<ol class="gallery">${images[which].map((image, i) => card(report, show, which, image, i, pictures.get(image.index)))}</ol>
`;
  const words = images.pictures
    ? "Open an image to see it larger, with the very views on which both encoders were compared."
    : `Without pictures: ${images.reason ?? "they were not asked for"}.`;
  return {
    id: "images",
    title: "Most and least memorised images",
    body: html`<p>${words}</p>${list("most", "Most memorised")}${list("least", "Least memorised")}`,
  };
}

function card(
  report: Report,
  show: Show,
  which: "most" | "least",
  image: ShownImage,
  i: number,
  pictures: Pictures | undefined,
): Html {
  const { analysis } = report;
  const name = which === "most" ? "most_memorized" : "least_memorized";
  const at = (field: string, format = decimals(4)) => show(`/analysis/${name}/${i}/${field}`, format);
  const of = (field: string) => show(`/images/${which}/${i}/${field}`, decimals(4));
  const intervals = show("/analysis/intervals/level", level);
  const planted = analysis[name][i]?.outlier && html`<span class="planted">planted outlier</span>`;
  return html`<li><details><summary>${
    pictures && html`<img src="${pictures.thumbnail}" alt="${nameText(image.id)}" class="${pixels(image)}">`
  }<span class="score">${at("sslmem", score)} <small>± ${at("error", decimals(3))}</small></span>${idText(image.id)}${planted}
<span class="open">${pictures ? "views" : "details"}</span></summary>
<div class="opened">${
    pictures &&
    html`<figure><img src="${pictures.large}" alt="${nameText(image.id)}, larger" class="${pixels(image)}"><figcaption>${size(image)}</figcaption></figure>`
  }<div>
<ul class="facts">
<li>Rank ${i + 1} of the ${which} memorised candidates${image.label !== null && html`; class ${idText(image.label)}`}</li>
<li>L<sub>f</sub> = ${of("lf")}, L<sub>g</sub> = ${of("lg")}; memorization L<sub>g</sub> − L<sub>f</sub> = ${at("memorization", score)}</li>
<li>${intervals} interval of the score: ${range(at("low", score), at("high", score))}</li>
${analysis[name][i]?.relative !== null && html`<li>Minus the external mean: ${at("relative", score)} ${range(at("relative_low", score), at("relative_high", score))}</li>`}
${analysis.pairs > 1 && html`<li>Error over views alone: ${at("se")}; standard deviation over the ${analysis.pairs} pairs: ${at("pair_sd")}</li>`}
</ul>
${pictures && viewList(pictures, image, report.images.viewsEach)}</div></div></details></li>
`;
}

function viewList({ views }: Pictures, image: ShownImage, all: number | null): Html {
  const of = all ?? views.length;
  return html`<h4>Views${views.length < of && ` (${views.length} of ${of})`}</h4>
<ul class="views">${views.map(
    ({ uri, ops }, view) =>
      html`<li><img src="${uri}" alt="View ${view + 1} of ${nameText(image.id)}" class="pixels">${describe(ops)}</li>`,
  )}</ul>`;
}

const pixels = ({ width, height }: ShownImage) =>
  Math.max(width ?? 999, height ?? 999) <= 128 ? "pixels" : "";
const size = ({ width, height }: ShownImage) => (width === null ? "" : `${width} × ${height} pixels`);

/** The operations of a view in a few words. */
export function describe(ops: readonly Op[]): string {
  const words = ops.map((op): string => {
    const two = (value: number) => decimals(2)(value);
    switch (op.op) {
      case "resized_crop":
        return `crop ${op.width}×${op.height} at ${op.left},${op.top}`;
      case "horizontal_flip":
        return "flipped";
      case "adjust_brightness":
        return `brightness ${two(op.brightness_factor)}`;
      case "adjust_contrast":
        return `contrast ${two(op.contrast_factor)}`;
      case "adjust_saturation":
        return `saturation ${two(op.saturation_factor)}`;
      case "adjust_hue":
        return `hue ${two(op.hue_factor)}`;
      case "rgb_to_grayscale":
        return "grey";
      case "gaussian_blur":
        return `blur ${two(op.sigma[0])}`;
      case "normalize":
        return "";
      default:
        return op.op.replaceAll("_", " ");
    }
  });
  return words.filter((word) => word !== "").join(", ");
}

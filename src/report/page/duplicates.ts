import type { Show } from "../figures.js";
import { html } from "../html.js";
import { count, score } from "../number-format.js";
import type { Report } from "../report-schema.js";
import { idText, range, type Section, table, thumbnail } from "./elements.js";

/**
 * Images that look alike: in different subsets they break the experiment.
 *
 * @param thumbnails data URIs by manifest index; empty for a report without pictures
 */
export function duplicatesSection(
  { analysis }: Report,
  show: Show,
  thumbnails: ReadonlyMap<number, string>,
): Section | null {
  const { near_duplicates: found } = analysis;
  if (found === null) return null;
  const at = (name: string, format = count) => show(`/analysis/near_duplicates/${name}`, format);
  const image = ({ index, id }: { index: number; id: string }) =>
    html`<span class="mentioned">${thumbnail(thumbnails.get(index))}${idText(id)}</span>`;
  const without = (name: string) => at(`relative_without/${name}`, score);
  return {
    id: "duplicates",
    title: "Near-duplicates",
    body: html`<p>${at("pairs")} ${found.pairs === 1 ? "pair" : "pairs"} of images ${found.pairs === 1 ? "looks" : "look"} alike (perceptual hash), ${at("between_subsets")} of them with its images in different subsets.
${
  found.between_subsets > 0 &&
  html`An encoder that trained on one image of such a pair has nearly seen the other: ${at("candidates_affected")} ${found.candidates_affected === 1 ? "candidate is" : "candidates are"}
concerned. Without the images of such pairs the candidates' mean minus the external mean is ${without("value")} ${range(without("low"), without("high"))}.`
}</p>${
      found.by_subsets.length > 0 &&
      table(
        "Pairs by subsets",
        ["subsets", "pairs"],
        found.by_subsets.map(({ first, second }, i) => [`${first}, ${second}`, at(`by_subsets/${i}/pairs`)]),
      )
    }${
      found.listed.length > 0 &&
      html`<details><summary>${found.listed.length < found.between_subsets ? `The ${found.listed.length} most alike of the pairs between subsets` : "The pairs between subsets"}</summary><div class="texts">${table(
        "Near-duplicates between subsets",
        ["image", "subset", "and", "subset", "bits of 64 that differ"],
        found.listed.map(({ first, second }, i) => [
          image(first),
          first.subset,
          image(second),
          second.subset,
          at(`listed/${i}/distance`),
        ]),
      )}</div></details>`
    }`,
  };
}

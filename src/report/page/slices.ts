import { FACTS } from "../../analyze/fact-names.js";
import type { Slice } from "../../analyze/types.js";
import type { Show } from "../figures.js";
import { html } from "../html.js";
import { count, LABEL, prose, pValue, score } from "../number-format.js";
import { intervalsPlot } from "../plots/intervals.js";
import type { Report } from "../report-schema.js";
import { figure, nameText, range, type Section, someOf, table } from "./elements.js";

const DRAWN = 14;
const LISTED = 100;

/** The names of ranges say what they are ranges of. */
const titleOf = ({ by, name }: { by: string; name: string }) => (by === "class" ? `class: ${name}` : name);

/** A range's name for the plot: in two lines, the fact and its range, where one would have to be cut. */
function labelOf({ by, name }: { by: string; name: string }): string {
  const fact = (FACTS as Record<string, string>)[by];
  return fact === undefined || name.length <= LABEL ? name : name.replace(`${fact} `, `${fact}\n`);
}

type Ranked = { slice: Slice; i: number };

const strength = ({ slice: { contrast } }: Ranked): number => Math.abs(contrast.value ?? 0);

/**
 * The slices of the table with their places in report.json, in its order: all, or those with the smallest p; the largest
 * contrasts would be those of slices of a few images.
 */
function listedOf(slices: readonly Slice[]): Ranked[] {
  const p = ({ slice }: Ranked) => slice.p_two_sided ?? 2;
  return slices
    .map((slice, i) => ({ slice, i }))
    .sort((a, b) => p(a) - p(b) || strength(b) - strength(a))
    .slice(0, LISTED)
    .sort((a, b) => a.i - b.i);
}

/** Which classes and kinds of images are memorised more. */
export async function slicesSection({ analysis }: Report, show: Show): Promise<Section | null> {
  const { slices: found } = analysis;
  if (found === null || found.slices.length === 0) return null;
  const { slices } = found;
  const listed = listedOf(slices);
  const isCut = listed.length < slices.length;
  const drawn = listed
    .filter(({ slice }) => slice.contrast.value !== null)
    .sort((a, b) => strength(b) - strength(a))
    .slice(0, DRAWN)
    .map(({ slice }) => slice)
    .sort((a, b) => (b.contrast.value ?? 0) - (a.contrast.value ?? 0));
  const rows = listed.map(({ slice, i }) => {
    const at = (name: string, format = score) => show(`/analysis/slices/slices/${i}/${name}`, format);
    const estimate = (name: string) =>
      html`${at(`${name}/value`)} ${range(at(`${name}/low`), at(`${name}/high`))}`;
    return [
      html`<span class="id">${nameText(titleOf(slice))}</span>`,
      at("n", count),
      at("n_external", count),
      estimate("relative"),
      estimate("contrast"),
      at("p_two_sided", pValue),
      at("p_adjusted", pValue),
    ];
  });
  const numbers = table(
    isCut ? `Slices with the smallest p: ${someOf(listed.length, slices.length)}` : "Slices",
    ["slice", "candidates", "external", "minus external", "more than others", "p", "p corrected"],
    rows,
  );
  return {
    id: "slices",
    title: "Which kinds of images are memorised more?",
    body: html`<p>${prose(found.sentence)}</p>${
      drawn.length > 0 &&
      figure(
        await intervalsPlot(
          "How much more each slice's candidates are memorised than all others, with its interval.",
          "more than all other candidates",
          drawn.map(({ contrast, ...slice }) => ({
            name: labelOf(slice),
            value: contrast.value as number,
            low: contrast.low,
            high: contrast.high,
          })),
        ),
        html`Each slice's relative score minus that of all other candidates${drawn.length < slices.length && `: the ${drawn.length} largest of ${isCut ? `the ${listed.length} with the smallest p` : slices.length}`}. An interval
is that of one slice; corrected p-values are for all ${show("/analysis/slices/tested", count)}.`,
        numbers,
      )
    }`,
  };
}

import type { Show } from "../figures.js";
import { count, decimals, percent, pValue, score } from "../format.js";
import { type Html, html } from "../html.js";
import { lossesPlot } from "../plots/losses.js";
import type { Report } from "../schema.js";
import { figure, idText, type Section, table } from "./parts.js";

/** The subsets in numbers, and the tests between them. */
export async function subsetsSection(report: Report, show: Show): Promise<Section> {
  const { analysis } = report;
  const body = html`${subsetTable(report, show)}
<p class="small">± is one standard error. “Minus external” is what to compare: the external images were in neither training, so
what they score is an offset of this pair of encoders, not memorisation. “Raw” is the paper's L<sub>g</sub> − L<sub>f</sub>.</p>
${testTable(report, show)}
<p class="small">One-sided: the first subset's mean is greater. d is Cohen's: the difference in standard deviations.</p>
<p>Candidates above 0: ${show("/analysis/candidates_above/zero", percent)}; above 0.5: ${show("/analysis/candidates_above/half", percent)}.</p>
${report.scatter.points.length > 0 && (await lossesFigure(report, show))}`;
  return { id: "subsets", title: analysis.tests.length > 0 ? "Subsets and tests" : "Subsets", body };
}

function subsetTable({ analysis }: Report, show: Show): Html {
  return table(
    "sslmem score by subset",
    ["subset", "images", "mean", "SD", "±", "minus external", "±", "raw", "±"],
    analysis.subsets.map(({ subset }, i) => {
      const at = (name: string, format = decimals(4)) => show(`/analysis/subsets/${i}/${name}`, format);
      return [
        ...[subset, at("n", count), at("mean", score), at("sd"), at("se")],
        ...[
          at("relative/mean", score),
          at("relative/se"),
          at("memorization/mean", score),
          at("memorization/se"),
        ],
      ];
    }),
  );
}

function testTable({ analysis }: Report, show: Show): Html {
  return table(
    "Tests of the score between subsets",
    ["difference of", "test", "difference", "t", "df", "p one-sided", "p two-sided", "d"],
    analysis.tests.map((test, i) => {
      const at = (name: string, format = decimals(2)) => show(`/analysis/tests/${i}/${name}`, format);
      return [
        ...[`${test.first} − ${test.second}`, test.kind === "student" ? "Student" : "Welch"],
        ...[at("difference", score), at("t"), at("df", decimals(1))],
        ...[at("p_greater", pValue), at("p_two_sided", pValue), at("cohens_d")],
      ];
    }),
  );
}

async function lossesFigure(report: Report, show: Show): Promise<Html> {
  const { points, of } = report.scatter;
  const drawn =
    points.length < of ? `${points.length} of ${count(of)} images, drawn at random` : "All images";
  return figure(
    await lossesPlot(report),
    html`Alignment loss of an image's views under f and under g. Below the line, f aligns the image better. ${drawn}.`,
    table(
      `Losses (${drawn})`,
      ["image", "subset", "L_f", "L_g", "sslmem"],
      points.map(({ id, subset }, i) => {
        const at = (name: string, format = decimals(4)) => show(`/scatter/points/${i}/${name}`, format);
        return [idText(id), subset, at("lf"), at("lg"), at("sslmem", score)];
      }),
    ),
  );
}

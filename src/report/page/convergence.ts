import type { Show } from "../figures.js";
import { type Html, html } from "../html.js";
import { count, decimals, percent, prose } from "../number-format.js";
import { linesPlot } from "../plots/lines.js";
import type { Report } from "../report-schema.js";
import { figure, type Section, table } from "./elements.js";

/** How exactly single images are known, and whether more views would help. */
export async function viewsSection(report: Report, show: Show): Promise<Section | null> {
  const { analysis } = report;
  if (analysis.point_error.length === 0 && analysis.convergence === null) return null;
  const errors = table(
    "Error of a single image's score",
    ["subset", "over views, median", "90 % below", "over pairs, median", "90 % below", "reliability"],
    analysis.point_error.map(({ subset }, i) => {
      const at = (name: string, format = decimals(4)) => show(`/analysis/point_error/${i}/${name}`, format);
      return [
        subset,
        at("views/median"),
        at("views/p90"),
        at("pairs/median"),
        at("pairs/p90"),
        at("reliability", percent),
      ];
    }),
  );
  const curves =
    analysis.convergence === null
      ? html`<p>How the ranking settles with the number of views is known only when the distances are kept
(<code>--keep-views</code>).</p>`
      : await convergence(report, show);
  return {
    id: "views",
    title: "Were there enough views?",
    body: html`${curves}${analysis.point_error.length > 0 && errors}<p class="small">Reliability: the share of the variance between images
that is not noise of the views.</p>`,
  };
}

async function convergence({ analysis }: Report, show: Show): Promise<Html> {
  if (analysis.convergence === null) return html``;
  const { steps, sentence, n, sampled, k } = analysis.convergence;
  const line = (name: string, field: "se" | "spearman_halves" | "spearman_predicted" | "top_overlap") => ({
    name,
    points: steps.flatMap((step) => (step[field] === null ? [] : [{ x: step.k, y: step[field] as number }])),
  });
  const lines = [
    line("k views against k others", "spearman_halves"),
    line("forecast of that", "spearman_predicted"),
    line("shared part of the top lists", "top_overlap"),
  ].filter(({ points }) => points.length > 0);
  const numbers = table(
    "By the number of views",
    [
      "views",
      "mean error",
      "rank correlation with all",
      "with as many others",
      "forecast",
      "top list in common",
    ],
    steps.map((_, i) => {
      const at = (name: string, format = decimals(3)) =>
        show(`/analysis/convergence/steps/${i}/${name}`, format);
      return [
        at("k", count),
        at("se", decimals(4)),
        at("spearman_with_all"),
        at("spearman_halves"),
        at("spearman_predicted"),
        at("top_overlap", percent),
      ];
    }),
  );
  const looked = `${count(n)} images${sampled ? ", drawn at random," : ""} with ${k} views`;
  return html`<p>${prose(sentence)}</p><div class="plots">${
    lines.length > 0 &&
    figure(
      await linesPlot(lines, {
        description: "Agreement of two rankings made with k views each, against k.",
        x: "views, k",
        y: "agreement",
        yDomain: [0, 1],
        marks: true,
      }),
      `Agreement of two rankings that rest on k views each (${looked}).`,
      numbers,
    )
  }${figure(
    await linesPlot([line("standard error", "se")], {
      description: "Mean standard error of the score with k views, against k.",
      x: "views, k",
      y: "mean standard error",
      marks: true,
    }),
    `Mean standard error of an image's score with its first k views (${looked}).`,
    numbers,
  )}</div>`;
}

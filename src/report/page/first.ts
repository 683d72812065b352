import { describeNetwork } from "../../run/scored-network.js";
import type { Show } from "../figures.js";
import { type Html, html } from "../html.js";
import { count, decimals, type NumberFormat, percent, prose, score } from "../number-format.js";
import { distributionsPlot } from "../plots/distributions.js";
import type { Report } from "../report-schema.js";
import { figure, range, table } from "./elements.js";

const FORMATS: Record<Report["numbers"][number]["format"], NumberFormat> = {
  score,
  percent,
  decimals: decimals(3),
};

/** What was audited, what was found, four numbers, the distributions. */
export async function firstScreen(report: Report, show: Show): Promise<Html> {
  const { analysis, finding, numbers } = report;
  const setting = (name: string) => report.settings[name]?.value;
  const how = [
    ...(report.foreign ? ["weights from elsewhere"] : [setting("method")]),
    setting("arch"),
    setting("epochs") === undefined ? null : `${setting("epochs")} epochs`,
    `${analysis.pairs} ${analysis.pairs === 1 ? "pair" : "pairs"} of encoders`,
    report.network && `scored: ${describeNetwork(report.network)}`,
  ].filter((part) => part !== null && part !== undefined);
  return html`<div class="first"><div>
<p class="meta">${show("/analysis/images", count)} images scored · ${how.join(" · ")} · <span class="whole">${report.written.slice(0, 10)}</span></p>
<p class="lead">${prose(finding.headline)}</p>
${[...(report.collapsed ?? []), ...analysis.warnings].map((warning) => html`<p class="warning">${prose(warning)}</p>`)}
<dl class="four">${numbers.map(
    ({ name, value, error, interval, format, explanation }) => html`<div><dt>${name}</dt>
<dd><span class="value">${show(value, FORMATS[format])}${
      error !== null && html` <small>± ${show(error, FORMATS.decimals)}</small>`
    }${interval !== null && html` <small>${range(show(interval[0], FORMATS[format]), show(interval[1], FORMATS[format]))}</small>`}</span><br><span class="small">${explanation}</span></dd></div>
`,
  )}</dl></div>
${await distributionsFigure(report, show)}</div>
<p>${prose(finding.sentences.join(" "))}</p>
`;
}

async function distributionsFigure(report: Report, show: Show): Promise<Html> {
  return figure(
    await distributionsPlot(report),
    report.foreign
      ? html`Scores by subset, each as shares of its own images; the line in each is its mean. What f and g trained on, sslmem
does not know: its candidates here are the images it was given.`
      : html`Scores of the four subsets, each as shares of its own images; the line in each is its mean. <b>Candidates</b> only f
trained on, <b>shared</b> both, <b>independent</b> only g, <b>external</b> neither.`,
    distributionsTable(report.distributions, "/distributions", show),
  );
}

/**
 * How many images of each subset have a score in each bin.
 *
 * @param pointer to the distributions in the JSON beside the page
 */
export function distributionsTable(
  { width, from, subsets }: Report["distributions"],
  pointer: string,
  show: Show,
): Html {
  const edge = (i: number) => decimals(3)(from + i * width);
  return table(
    "Images by score",
    ["score from", "to", ...subsets.map(({ subset }) => subset)],
    Array.from({ length: subsets[0]?.counts.length ?? 0 }, (_, i) => [
      edge(i),
      edge(i + 1),
      ...subsets.map((_, s) => show(`${pointer}/subsets/${s}/counts/${i}`, count)),
    ]),
  );
}

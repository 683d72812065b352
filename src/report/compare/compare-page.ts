import { extent } from "../../arrays.js";
import { SUBSETS } from "../../data/subset-names.js";
import { at, figuresOf, type Show } from "../figures.js";
import { type Html, html } from "../html.js";
import { count, decimals, percent, prose, pValue, score } from "../number-format.js";
import { figure, idText, section, table } from "../page/elements.js";
import { distributionsTable } from "../page/first.js";
import { documentOf } from "../page/index.js";
import { distributionsPlot, rangeOf } from "../plots/distributions.js";
import { scoresPlot } from "../plots/scores.js";
import type { Comparison } from "../report-schema.js";

const BOTH = [0, 1] as const;

/** Two runs in one page. */
export async function renderComparison(comparison: Comparison): Promise<string> {
  const show = figuresOf(comparison);
  const [first, second] = comparison.runs;
  const title = `${first.name} and ${second.name}`;
  const ranges = comparison.runs.map(rangeOf);
  const range = extent(ranges.flat());
  const findings = await Promise.all(
    BOTH.map(async (i) => {
      const run = comparison.runs[i];
      return html`<div><h2>${run.name}</h2><p class="meta">${run.data} · ${show(`/runs/${i}/analysis/images`, count)} images ·
${show(`/runs/${i}/analysis/pairs`, count)} ${run.analysis.pairs === 1 ? "pair" : "pairs"}</p>
<p class="lead">${prose(run.finding.headline)}</p>${figure(
        await distributionsPlot(run, range),
        "Scores of the four subsets, each as shares of its own images; the line in each is its mean.",
        distributionsTable(run.distributions, `/runs/${i}/distributions`, show),
      )}</div>`;
    }),
  );
  const sections = [
    { id: "figures", title: "Figures of both", body: figuresTable(comparison, show) },
    {
      id: "agreement",
      title: "Do they rank the same images first?",
      body: await agreement(comparison, show),
    },
    { id: "images", title: "Most memorised images of both", body: mostMemorized(comparison, show) },
    { id: "settings", title: "Settings that differ", body: differing(comparison) },
  ];
  const body = html`<header class="top"><h1>${title}</h1><p class="meta">Two audits compared</p></header>
<main id="content"><div class="plots">${findings}</div>${sections.map(section)}</main>
<footer><p>Written by sslmem ${comparison.sslmem} on ${comparison.written}.</p></footer>`;
  return documentOf(title, body.text);
}

function figuresTable({ runs }: Comparison, show: Show): Html {
  const rows: (string | Html)[][] = SUBSETS.flatMap((subset) => {
    const places = runs.map(({ analysis }) => analysis.subsets.findIndex((one) => one.subset === subset));
    if (places.every((place) => place < 0)) return [];
    const cell = (i: number, name: string, format: (value: number) => string) =>
      show(`/runs/${i}/analysis/subsets/${places[i]}/${name}`, format);
    const pair = (field: string) =>
      BOTH.map((i) => {
        const mean = cell(i, `${field}mean`, score);
        const isThere = typeof at(runs[i], `/analysis/subsets/${places[i]}/${field}mean`) === "number";
        return isThere ? html`${mean} ± ${cell(i, `${field}se`, decimals(4))}` : mean;
      });
    const mean = [`${subset}: mean`, ...pair("")];
    return subset === "external" ? [mean] : [mean, [`${subset}: minus external`, ...pair("relative/")]];
  });
  const test = runs.map(({ analysis }) =>
    analysis.tests.findIndex((t) => t.kind === "welch" && t.first === "candidate" && t.second === "external"),
  );
  const tests = (name: string, format: (value: number) => string) =>
    BOTH.map((i) => show(`/runs/${i}/analysis/tests/${test[i]}/${name}`, format));
  rows.push(
    ["candidate − external: Welch, p one-sided", ...tests("p_greater", pValue)],
    ["candidate − external: Cohen's d", ...tests("cohens_d", decimals(2))],
    [
      "candidate against external: AUC",
      ...BOTH.map((i) => show(`/runs/${i}/analysis/membership_auc`, decimals(3))),
    ],
    ["candidates above 0", ...BOTH.map((i) => show(`/runs/${i}/analysis/candidates_above/zero`, percent))],
  );
  return table("Figures of both runs", ["figure", runs[0].name, runs[1].name], rows);
}

async function agreement({ agreement: found, scatter, runs }: Comparison, show: Show): Promise<Html> {
  if (scatter.of === 0) return html`<p>No image is a candidate in both.</p>`;
  const drawn =
    scatter.points.length < scatter.of
      ? `${scatter.points.length} of ${count(scatter.of)} images, drawn at random`
      : "All of them";
  return html`<p>${show("/scatter/of", count)} ${scatter.of === 1 ? "image is a candidate" : "images are candidates"} in both.</p>
${found === null ? html`<p>Too few to compare their ranking.</p>` : rankingTables(found, show)}${figure(
  await scoresPlot(scatter.points, [runs[0].name, runs[1].name]),
  `Score of an image in both runs. ${drawn}.`,
  table(
    `Scores (${drawn})`,
    ["image", runs[0].name, runs[1].name],
    scatter.points.map(({ id }, i) => [
      idText(id),
      show(`/scatter/points/${i}/first`, score),
      show(`/scatter/points/${i}/second`, score),
    ]),
  ),
)}`;
}

/** The coefficients of the two rankings, and their top lists. */
function rankingTables(
  { top, rank_biased_overlap: { p } }: NonNullable<Comparison["agreement"]>,
  show: Show,
): Html {
  const at = (name: string, format = decimals(3)) => show(`/agreement/${name}`, format);
  return html`${table(
    "Agreement of the two rankings",
    ["coefficient", "value", "p two-sided"],
    [
      ["Kendall's tau-b", at("kendall/tau_b"), at("kendall/p_two_sided", pValue)],
      ["Spearman's rank correlation", at("spearman/rho"), at("spearman/p_two_sided", pValue)],
      ["Pearson's correlation of the scores", at("pearson"), ""],
      [
        html`Rank-biased overlap, p = ${at("rank_biased_overlap/p", decimals(2))}`,
        at("rank_biased_overlap/value"),
        "",
      ],
    ],
  )}<p class="small">Rank-biased overlap compares the lists from the top, some ${(1 / (1 - p)).toFixed(0)} ranks deep: 1 is the same list.</p>${
    top.length > 0 &&
    table(
      "Images among the k most memorised of both",
      ["k", "in both", "share", "by chance", "p of chance"],
      top.map((_, i) => [
        at(`top/${i}/k`, count),
        at(`top/${i}/common`, count),
        at(`top/${i}/overlap`, percent),
        at(`top/${i}/chance`, percent),
        at(`top/${i}/p_chance`, pValue),
      ]),
    )
  }`;
}

function mostMemorized({ runs }: Comparison, show: Show): Html {
  const tables = BOTH.map((i) => {
    const other = new Set(runs[1 - i]?.analysis.most_memorized.map(({ id }) => id));
    return html`<div>${table(
      `Most memorised in ${runs[i].name}`,
      ["image", "score", "±", "in both lists"],
      runs[i].analysis.most_memorized.map(({ id }, row) => {
        const at = (name: string, format = decimals(4)) =>
          show(`/runs/${i}/analysis/most_memorized/${row}/${name}`, format);
        return [idText(id), at("sslmem", score), at("error"), other.has(id) ? "yes" : "no"];
      }),
    )}</div>`;
  });
  return html`<div class="plots">${tables}</div>`;
}

function differing({ differing: settings, runs }: Comparison): Html {
  const text = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "–"));
  if (settings.length === 0) return html`<p>None.</p>`;
  return html`<div class="settings">${table(
    "Settings that differ",
    ["setting", runs[0].name, runs[1].name],
    settings.map(({ setting, first, second }) => [setting, text(first), text(second)]),
  )}</div>`;
}

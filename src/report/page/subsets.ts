import type { Show } from "../figures.js";
import { count, decimals, level, percent, pValue, score } from "../format.js";
import { type Html, html } from "../html.js";
import { intervalsPlot } from "../plots/intervals.js";
import { lossesPlot } from "../plots/losses.js";
import { COLOURS } from "../plots/vega.js";
import type { Report } from "../schema.js";
import { figure, idText, range, type Section, table } from "./parts.js";

/** The subsets in numbers. */
export async function subsetsSection(report: Report, show: Show): Promise<Section> {
  const { analysis } = report;
  const plots = html`<div class="plots">${await relativeFigure(report, show)}${
    report.scatter.points.length > 0 && (await lossesFigure(report, show))
  }</div>`;
  return {
    id: "subsets",
    title: "The four subsets",
    body: html`${subsetTable(report, show)}
<p class="small">In brackets the ${show("/analysis/intervals/level", level)} interval (${analysis.intervals.method}). “Minus external” is
what to compare: the external images were in neither training, so what they score is an offset of this pair of encoders, not
memorisation. “Raw” is the paper's L<sub>g</sub> − L<sub>f</sub>.</p>
${plots}${discoveriesTable(report, show)}${quantilesTable(report, show)}${analysis.pairs > 1 && pairsTable(report, show)}`,
  };
}

function subsetTable({ analysis }: Report, show: Show): Html {
  return table(
    "sslmem score by subset",
    ["subset", "images", "mean", "SD", "minus external", "raw"],
    analysis.subsets.map(({ subset }, i) => {
      const at = (name: string, format = decimals(4)) => show(`/analysis/subsets/${i}/${name}`, format);
      const with_ = (value: Html, low: string, high: string) =>
        html`${value} ${range(at(low, score), at(high, score))}`;
      return [
        ...[
          subset,
          at("n", count),
          with_(at("mean", score), "mean_interval/low", "mean_interval/high"),
          at("sd"),
        ],
        with_(at("relative/mean", score), "relative/low", "relative/high"),
        with_(at("memorization/mean", score), "memorization/low", "memorization/high"),
      ];
    }),
  );
}

async function relativeFigure({ analysis }: Report, show: Show): Promise<Html> {
  const rows = analysis.subsets.flatMap(({ subset, relative: { mean, low, high } }) =>
    mean === null
      ? []
      : [{ name: subset, value: mean, low, high, colour: COLOURS[subset as keyof typeof COLOURS] }],
  );
  if (rows.length === 0) return html``;
  return figure(
    await intervalsPlot(
      "Mean score of each subset minus that of the external images, with its interval.",
      "mean score minus external",
      rows,
    ),
    "How far each subset's mean lies from that of the external images, with its interval.",
    table(
      "Mean score minus the external mean",
      ["subset", "difference", "from", "to"],
      analysis.subsets.map(({ subset }, i) => [
        subset,
        ...["mean", "low", "high"].map((name) => show(`/analysis/subsets/${i}/relative/${name}`, score)),
      ]),
    ),
  );
}

function discoveriesTable({ analysis }: Report, show: Show): Html {
  const kinds = ["above_zero", "above_external_mean", "beyond_external"];
  return html`<h3>Single images</h3><p>How many images of a subset are found above something one by one, beyond their own error,
corrected for their number (Benjamini–Hochberg). What is found among the external images is false.</p>${table(
    "Images found memorised one by one",
    [
      "subset",
      "above 0",
      "share",
      "above the external mean",
      "share",
      "above what external images reach",
      "share",
    ],
    analysis.subsets.map(({ subset }, i) => [
      subset,
      ...kinds.flatMap((kind) => [
        show(`/analysis/subsets/${i}/discoveries/${kind}/n`, count),
        show(`/analysis/subsets/${i}/discoveries/${kind}/share`, percent),
      ]),
    ]),
  )}`;
}

function quantilesTable({ analysis }: Report, show: Show): Html {
  const first = analysis.subsets[0];
  if (first === undefined) return html``;
  const thresholds = first.above.map(({ threshold }) => `above ${threshold}`);
  return html`<details><summary>Quantiles and shares above thresholds</summary>${table(
    "Quantiles of the score",
    ["subset", ...first.quantiles.map(({ q }) => percent(q))],
    analysis.subsets.map(({ subset, quantiles }, i) => [
      subset,
      ...quantiles.map((_, q) => show(`/analysis/subsets/${i}/quantiles/${q}/value`, score)),
    ]),
  )}${table(
    "Share of images with a score above a threshold",
    ["subset", ...thresholds],
    analysis.subsets.map(({ subset, above }, i) => [
      subset,
      ...above.map((_, a) => {
        const at = (name: string) => show(`/analysis/subsets/${i}/above/${a}/${name}`, percent);
        return html`${at("value")} ${range(at("low"), at("high"))}`;
      }),
    ]),
  )}</details>`;
}

function pairsTable({ analysis }: Report, show: Show): Html {
  const subsets = analysis.by_pair[0]?.subsets ?? [];
  return html`<h3>Pair by pair</h3>${table(
    "Means of every pair of encoders",
    ["pair", ...subsets.flatMap(({ subset }) => [subset, "minus external"])],
    analysis.by_pair.map(({ pair, subsets: all }, i) => [
      String(pair),
      ...all.flatMap((_, s) =>
        ["mean", "relative"].map((name) => show(`/analysis/by_pair/${i}/subsets/${s}/${name}`, score)),
      ),
    ]),
  )}`;
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

/** The tests between the subsets. */
export function testsSection({ analysis }: Report, show: Show): Section | null {
  if (analysis.tests.length === 0) return null;
  const students = table(
    "t-tests of the score",
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
  const ranks = table(
    "Effect sizes and rank tests of the score",
    ["difference of", "d", "AUC", "Mann–Whitney z", "p one-sided", "p two-sided", "KS distance", "p"],
    analysis.comparisons.map(({ first, second }, i) => {
      const at = (name: string, format = decimals(2)) => show(`/analysis/comparisons/${i}/${name}`, format);
      const estimate = (name: string) =>
        html`${at(`${name}/value`)} ${range(at(`${name}/low`), at(`${name}/high`))}`;
      return [
        ...[`${first} − ${second}`, estimate("cohens_d"), estimate("auc"), at("mann_whitney/z")],
        ...[at("mann_whitney/p_greater", pValue), at("mann_whitney/p_two_sided", pValue)],
        ...[at("kolmogorov_smirnov/d"), at("kolmogorov_smirnov/p_two_sided", pValue)],
      ];
    }),
  );
  return {
    id: "tests",
    title: "Tests",
    body: html`${students}${analysis.comparisons.length > 0 && ranks}<p class="small">One-sided: the first subset is greater. d is
Cohen's: the difference in standard deviations. AUC: how often the first of two images drawn at random has the higher score.</p>`,
  };
}

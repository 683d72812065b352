import type { Analysis } from "../../analyze/index.js";
import type { Show } from "../figures.js";
import { type Html, html } from "../html.js";
import {
  count,
  decimals,
  level,
  type NumberFormat,
  percent,
  prose,
  pValue,
  score,
} from "../number-format.js";
import { intervalsPlot } from "../plots/intervals.js";
import { lossesPlot } from "../plots/losses.js";
import { COLOURS } from "../plots/vega.js";
import type { Report } from "../report-schema.js";
import { figure, idText, range, type Section, table } from "./elements.js";

/** The subsets in numbers. */
export async function subsetsSection(report: Report, show: Show): Promise<Section> {
  const { analysis } = report;
  const hasExternal = analysis.subsets.some(({ subset }) => subset === "external");
  const plots = html`<div class="plots">${await relativeFigure(report, show)}${
    report.scatter.points.length > 0 && (await lossesFigure(report, show))
  }</div>`;
  return {
    id: "subsets",
    title: analysis.subsets.length === 4 ? "The four subsets" : "The images by subset",
    body: html`${subsetTable(report, show)}
<p class="small">In brackets the ${show("/analysis/intervals/level", level)} interval. ${prose(analysis.intervals.method)}${
      hasExternal &&
      html` “Minus external” is
what to compare: the external images were in neither training, so what they score is an offset of this pair of encoders, not
memorisation.`
    } L<sub>g</sub> − L<sub>f</sub> is the paper's score, “memorization”; all other figures are of sslmem.</p>
${plots}${discoveriesTable(report, show)}${quantilesTable(report, show)}${analysis.pairs > 1 && pairsTable(report, show)}`,
  };
}

function subsetTable({ analysis }: Report, show: Show): Html {
  return table(
    "sslmem score by subset",
    ["subset", "images", "mean", "SD", "minus external", html`L<sub>g</sub> − L<sub>f</sub>`],
    analysis.subsets.map(({ subset }, i) => {
      const at = (name: string, format = decimals(4)) => show(`/analysis/subsets/${i}/${name}`, format);
      const with_ = (value: Html, low: string, high: string) =>
        html`${value} ${range(at(low, score), at(high, score))}`;
      return [
        subset,
        at("n", count),
        with_(at("mean", score), "mean_interval/low", "mean_interval/high"),
        html`${at("sd")} ${range(at("sd_interval/low"), at("sd_interval/high"))}`,
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

/** Quantiles and shares by subset: a row for each, since with their intervals a dozen of columns would be too wide. */
function quantilesTable({ analysis: { subsets } }: Report, show: Show): Html {
  const [first] = subsets;
  if (first === undefined) return html``;
  const estimates = (rows: number, list: string, name: (i: number) => string, format: NumberFormat) =>
    Array.from({ length: rows }, (_, row) => [
      name(row),
      ...subsets.map((_, i) => {
        const at = (field: string) => show(`/analysis/subsets/${i}/${list}/${row}/${field}`, format);
        return html`${at("value")} ${range(at("low"), at("high"))}`;
      }),
    ]);
  const head = (what: string) => [what, ...subsets.map(({ subset }) => subset)];
  const shares = (list: "above" | "above_relative", caption: string) =>
    first[list].length > 0 &&
    table(
      caption,
      head("above"),
      estimates(first[list].length, list, (i) => String(first[list][i]?.threshold), percent),
    );
  return html`<details><summary>Quantiles and shares above thresholds</summary><div class="stacked">${table(
    "Quantiles of the score",
    head("quantile"),
    estimates(first.quantiles.length, "quantiles", (i) => percent(first.quantiles[i]?.q ?? 0), score),
  )}${shares("above", "Share of images with a score above a threshold")}${shares(
    "above_relative",
    "Share of images with a score minus the external mean above a threshold",
  )}</div></details>`;
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
        `${test.first} − ${test.second}`,
        test.kind === "student" ? "Student" : "Welch",
        at("difference", score),
        at("t"),
        at("df", decimals(1)),
        at("p_greater", pValue),
        at("p_two_sided", pValue),
        at("cohens_d"),
      ];
    }),
  );
  const ranks = table(
    "Differences with intervals, effect sizes and rank tests of the score",
    [
      "difference of",
      "difference",
      "d",
      "AUC",
      "Mann–Whitney z",
      "p one-sided",
      "p two-sided",
      "KS distance",
      "p",
    ],
    analysis.comparisons.map(({ first, second }, i) => {
      const at = (name: string, format = decimals(2)) => show(`/analysis/comparisons/${i}/${name}`, format);
      const estimate = (name: string, format = decimals(2)) =>
        html`${at(`${name}/value`, format)} ${range(at(`${name}/low`, format), at(`${name}/high`, format))}`;
      return [
        `${first} − ${second}`,
        estimate("difference", score),
        estimate("cohens_d"),
        estimate("auc"),
        at("mann_whitney/z"),
        at("mann_whitney/p_greater", pValue),
        at("mann_whitney/p_two_sided", pValue),
        at("kolmogorov_smirnov/d"),
        at("kolmogorov_smirnov/p_two_sided", pValue),
      ];
    }),
  );
  return {
    id: "tests",
    title: "Tests",
    body: html`${students}${analysis.comparisons.length > 0 && ranks}${pairedTable(analysis, show)}<p class="small">One-sided: the first subset
(L<sub>g</sub>) is greater. d is Cohen's: the difference in standard deviations; d<sub>z</sub> that of L<sub>g</sub> − L<sub>f</sub>, image by image. AUC: how often the first
of two images drawn at random has the higher score.${analysis.pairs > 1 && " The interval of the difference takes images and pairs as drawn at random; tests and other intervals are over the images, of the scores averaged over the pairs."}</p>`,
  };
}

/** L_g against L_f on the same images. */
function pairedTable({ subsets }: Analysis, show: Show): Html {
  return table(
    "Paired t-tests of L_g against L_f, over the same images and views",
    ["subset", "L_g − L_f", "t", "df", "p one-sided", "p two-sided", "d_z"],
    subsets.map(({ subset }, i) => {
      const at = (name: string, format = decimals(2)) =>
        show(`/analysis/subsets/${i}/paired/${name}`, format);
      return [
        subset,
        show(`/analysis/subsets/${i}/memorization/mean`, score),
        at("t"),
        at("df", count),
        at("p_greater", pValue),
        at("p_two_sided", pValue),
        html`${at("d_z/value")} ${range(at("d_z/low"), at("d_z/high"))}`,
      ];
    }),
  );
}

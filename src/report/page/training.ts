import { extent } from "../../arrays.js";
import { COMMON_METRICS } from "../../methods/common-metrics.js";
import { METHODS } from "../../methods/registry.js";
import type { Show } from "../figures.js";
import { html } from "../html.js";
import { count, decimals, percent } from "../number-format.js";
import { trainingPlot } from "../plots/training.js";
import type { Report } from "../report-schema.js";
import { figure, type Section, someOf, table } from "./elements.js";

/** Curves on the page at most, of 50 pairs; and those whose ends are said in words. */
const MOST_CURVES = 100;
const MOST_SAID = 6;

/** The training of f and g side by side, and what their representations are worth. */
export async function trainingSection(report: Report, show: Show): Promise<Section | null> {
  const { training, analysis } = report;
  if (training.length === 0 && analysis.knn.length === 0) return null;
  const curves = training.length > 0 && html`<div class="plots">${await figures(report, show)}</div>`;
  const knn =
    analysis.knn.length > 0 &&
    html`<h3>kNN accuracy</h3><p>Share of the external images whose class is found among their nearest neighbours in the images that
the encoder was trained on.</p>${table(
      "kNN accuracy",
      ["encoder", "pair", "k", "images", "accuracy"],
      analysis.knn.map(({ encoder, pair }, i) => {
        const at = (name: string, format = count) => show(`/analysis/knn/${i}/${name}`, format);
        return [encoder, String(pair), at("k"), at("n"), at("accuracy", percent)];
      }),
    )}`;
  return {
    id: "training",
    title: "Training of f and g",
    body: html`<p>f and g should have trained alike: if their curves part, part of the score is a difference of the two
trainings.</p>${curves}${knn}`,
  };
}

async function figures(report: Report, show: Show) {
  const training = report.training.slice(0, MOST_CURVES);
  const { metrics: own = {} } = METHODS.find(({ name }) => name === report.settings.method?.value) ?? {};
  const sentences: Readonly<Record<string, string>> = { ...COMMON_METRICS, ...own };
  // Those that every curve has at every point.
  const metrics = Object.keys(training[0]?.points[0]?.metrics ?? {}).filter((what) =>
    training.every(({ points }) => points.every((point) => what in point.metrics)),
  );
  const placeOf = (what: string) => (what === "loss" ? what : `metrics/${what}`);
  const numbers = (what: string) => {
    const [, longest] = extent(training.map(({ points }) => points.length));
    const cells = (row: number) =>
      training.flatMap((_, c) => [
        show(`/training/${c}/points/${row}/step`, count),
        show(`/training/${c}/points/${row}/${placeOf(what)}`, decimals(4)),
      ]);
    return table(
      `${what} by step`,
      ["line", ...training.flatMap(({ encoder, pair }) => [`step of ${name(encoder, pair)}`, what])],
      Array.from({ length: longest }, (_, row) => [String(row + 1), ...cells(row)]),
    );
  };
  const name = (encoder: string, pair: number) =>
    report.analysis.pairs > 1 ? `${encoder}, pair ${pair}` : encoder;
  const lines = training.some(({ points, of }) => points.length < of)
    ? ` ${training[0]?.points.length} of ${count(training[0]?.of ?? 0)} lines of metrics.jsonl.`
    : "";
  const drawn =
    training.length < report.training.length
      ? `${lines} Encoders: ${someOf(training.length, report.training.length)}.`
      : lines;
  const last = (what: string) =>
    training.length > MOST_SAID
      ? drawn
      : html`At the end: ${training.map(
          ({ encoder, pair, points }, c) =>
            html`${c > 0 && "; "}${name(encoder, pair)} ${show(`/training/${c}/points/${points.length - 1}/${placeOf(what)}`, decimals(3))}`,
        )}.${drawn}`;
  const plots = [
    figure(await trainingPlot(training, "loss"), html`Training loss. ${last("loss")}`, numbers("loss")),
  ];
  for (const what of metrics) {
    const sentence = sentences[what];
    const caption = html`${what}${sentence !== undefined && `: ${sentence}`}. ${last(what)}`;
    plots.push(figure(await trainingPlot(training, what), caption, numbers(what)));
  }
  return plots;
}

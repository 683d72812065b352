import { append } from "../arrays.js";
import { errorOver, p, percent, plain, signed as score } from "../text/number-words.js";
import { table } from "../text/text-table.js";
import type { Analysis, Estimate, ScoredImage, SubsetSummary } from "./types.js";

/** The finding in one sentence. */
export const headline = (analysis: Analysis): string => analysis.headline.sentence;

/** The whole analysis as text for a terminal, 80 columns or so. */
export function formatAnalysis(analysis: Analysis): string {
  const lines = [headline(analysis), ""];
  const hasExternal = analysis.subsets.some(({ subset }) => subset === "external");
  lines.push(
    `sslmem by subset (${analysis.images} images, ${analysis.pairs} pair${analysis.pairs === 1 ? "" : "s"})${hasExternal ? "; external images measure the pair's own offset" : ""}:`,
  );
  append(
    lines,
    table([
      ["subset", "n", "mean", "sd", "se", "minus external", "95 % interval", "L_g − L_f"],
      ...analysis.subsets.map((s) => [
        s.subset,
        String(s.n),
        score(s.mean),
        plain(s.sd),
        plain(s.se),
        score(s.relative.mean),
        range(s),
        score(s.memorization.mean),
      ]),
    ]),
  );
  if (analysis.range_scaled) {
    const { range, subsets } = analysis.range_scaled;
    const means = subsets.map(({ subset, mean }) => `${subset} ${score(mean)}`).join(", ");
    lines.push("", `Range-scaled (memorization / ${plain(range)}): ${means}.`);
  }
  if (analysis.tests.length > 0) {
    lines.push("", "t-tests of sslmem (p one-sided: the first is greater; d: Cohen's):");
    append(
      lines,
      table([
        ["", "test", "difference", "t", "p one-sided", "p two-sided", "d"],
        ...analysis.tests.map((test) => [
          `${test.first} − ${test.second}`,
          test.kind === "student" ? "Student" : "Welch",
          score(test.difference),
          plain(test.t, 2),
          p(test.p_greater),
          p(test.p_two_sided),
          plain(test.cohens_d, 2),
        ]),
      ]),
    );
  }
  append(lines, ["", ...pairedLines(analysis), "", ...shares(analysis), ...membershipLines(analysis)]);
  if (analysis.outliers !== null && analysis.outliers.n > 0) {
    const { n, others, auc, ranks } = analysis.outliers;
    lines.push(
      `Planted outliers: ${n} of ${n + others} candidates, at ranks ${ranks.slice(0, 12).join(", ")}${n > 12 ? ", …" : ""}; AUC ${plain(auc, 3)} (0.5: chance).`,
    );
  }
  for (const { encoder, pair, k, accuracy, n } of analysis.knn) {
    lines.push(
      `kNN accuracy of ${encoder}${analysis.pairs > 1 ? ` (pair ${pair})` : ""} on ${n} external images, k = ${k}: ${percent(accuracy)}.`,
    );
  }
  if (analysis.slices !== null) lines.push(analysis.slices.sentence);
  if (analysis.convergence !== null) lines.push(analysis.convergence.sentence);
  if (analysis.warnings.length > 0)
    append(lines, ["", "Take note:", ...analysis.warnings.map((line) => `  ${line}`)]);
  const shown = `candidates (score ± standard error ${errorOver(analysis.pairs)}):`;
  append(lines, ["", `Most memorised ${shown}`, ...images(analysis.most_memorized)]);
  append(lines, ["", `Least memorised ${shown}`, ...images(analysis.least_memorized)]);
  if (analysis.skipped.length > 0) {
    append(lines, [
      "",
      `Skipped, unreadable: ${analysis.skipped.length}.`,
      ...analysis.skipped.slice(0, 10).map(({ id, reason }) => `  ${id}: ${reason}`),
    ]);
  }
  return lines.join("\n");
}

const range = ({ subset, relative: { low, high } }: SubsetSummary): string =>
  low === null || subset === "external" ? "" : `${score(low)} to ${score(high)}`;

function pairedLines({ subsets }: Analysis): string[] {
  return [
    "L_g against L_f, paired (p one-sided: L_g is greater; d_z: mean difference over its SD):",
    ...table([
      ["subset", "L_g − L_f", "t", "p one-sided", "p two-sided", "d_z"],
      ...subsets.map(({ subset, memorization, paired }) => [
        subset,
        score(memorization.mean),
        plain(paired.t, 2),
        p(paired.p_greater),
        p(paired.p_two_sided),
        interval(paired.d_z, 2),
      ]),
    ]),
  ];
}

function shares(analysis: Analysis): string[] {
  const { zero, half } = analysis.candidates_above;
  const found = (name: string) => analysis.subsets.find(({ subset }) => subset === name)?.discoveries;
  const [candidate, external] = [found("candidate"), found("external")];
  const beyond = (kind: "above_external_mean" | "above_zero") =>
    `${percent(candidate?.[kind].share ?? null)}${external === undefined ? "" : `, of the external images ${percent(external[kind].share)}`}`;
  // The figure of the report's first screen, in its words; without external images it is not defined.
  const single =
    external === undefined
      ? []
      : [
          `Single candidates found memorised, above the external mean beyond their own error, corrected for their number (false discovery rate 5 %): ${beyond("above_external_mean")}.`,
        ];
  return [
    ...single,
    `Candidates above 0: ${percent(zero)}; above 0 beyond their own error (false discovery rate 5 %): ${beyond("above_zero")}; above 0.5: ${percent(half)}.`,
  ];
}

function membershipLines({ membership }: Analysis): string[] {
  const names = { sslmem: "the score", memorization: "memorization", alignment_f: "f's alignment alone" };
  const against = membership.filter(
    ({ score, members }) => members === "candidate" && score !== "memorization",
  );
  return against.map(({ score, auc, tpr_at_fpr, balanced_accuracy: b }) => {
    const rate = tpr_at_fpr.find(({ fpr }) => fpr === 0.01);
    return `Candidates told from external images by ${names[score]}: AUC ${interval(auc, 3)}; TPR at 1 % FPR ${percent(rate?.value ?? null)}; balanced accuracy ${interval(b, 3)}.`;
  });
}

const interval = ({ value, low, high }: Estimate, digits: number): string =>
  low === null
    ? plain(value, digits)
    : `${plain(value, digits)} (${plain(low, digits)} to ${plain(high, digits)})`;

function images(list: readonly ScoredImage[]): string[] {
  return table(
    list.map(({ id, sslmem, error, outlier }) => [
      id,
      score(sslmem),
      `± ${plain(error)}`,
      outlier ? "planted outlier" : "",
    ]),
  ).map((line) => line.trimEnd());
}

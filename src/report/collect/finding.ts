import type { Analysis } from "../../analyze/index.js";
import { errorOver } from "../../text/number-words.js";
import { count, decimals, level, or, percent, score } from "../number-format.js";
import type { Report } from "../report-schema.js";

/** The finding in words, and how sure it is. */
export function findingOf(analysis: Analysis, foreign: boolean): Report["finding"] {
  const sentences = [(all: Analysis) => basis(all, foreign), offset, single, membership, worth, views]
    .map((say) => say(analysis))
    .filter((sentence) => sentence !== null);
  if (analysis.slices?.most_memorized) sentences.push(analysis.slices.sentence);
  return { headline: analysis.headline.sentence, sentences };
}

const subset = (analysis: Analysis, name: string) => analysis.subsets.find((one) => one.subset === name);

function basis(analysis: Analysis, foreign: boolean): string | null {
  const [candidates, external] = [subset(analysis, "candidate"), subset(analysis, "external")];
  const some = analysis.pairs === 1 ? "one pair of encoders" : `${analysis.pairs} pairs of encoders`;
  const pairs = foreign ? `${some} from elsewhere, whose training is not known here` : some;
  if (foreign && candidates !== undefined && external === undefined)
    return `It rests on ${count(candidates.n)} images under ${pairs}; without external images nothing says what the pair's own offset is.`;
  if (candidates === undefined) return null;
  return external === undefined
    ? `It rests on ${count(candidates.n)} candidates under ${pairs}; without external images nothing says what the pair's own offset is.`
    : `It rests on ${count(candidates.n)} candidates and ${count(external.n)} external images under ${pairs}.`;
}

function offset({ headline: { relative, raw }, intervals }: Analysis): string | null {
  if (relative.value === null) return null;
  return `The candidates' mean score minus that of the external images is ${score(relative.value)} (${level(intervals.level)} interval ${or(score, relative.low)} to ${or(score, relative.high)}); by itself the candidates' mean is ${or(score, raw.value)}, but that has the pair's own offset in it.`;
}

function single(analysis: Analysis): string | null {
  const [found, false_] = ["candidate", "external"].map(
    (name) => subset(analysis, name)?.discoveries.above_external_mean,
  );
  if (!found || found.share === null) return null;
  const alpha = subset(analysis, "candidate")?.discoveries.alpha ?? 0;
  return `Taken one by one, ${count(found.n)} ${found.n === 1 ? "candidate" : "candidates"} (${percent(found.share)}) ${found.n === 1 ? "scores" : "score"} above the external mean beyond ${found.n === 1 ? "its" : "their"} own error, with a false discovery rate of ${level(alpha)}${false_ && false_.share !== null ? `; of the external images ${percent(false_.share)} do` : ""}.`;
}

function membership({ membership_auc: auc }: Analysis): string | null {
  if (auc === null) return null;
  return `Of a candidate and an external image drawn at random, the candidate has the higher score with probability ${decimals(2)(auc)} (0.5 is chance).`;
}

function worth({ knn }: Analysis): string | null {
  const accuracy = (encoder: "f" | "g") => {
    const all = knn.filter((result) => result.encoder === encoder);
    return all.length === 0 ? null : all.reduce((sum, one) => sum + one.accuracy, 0) / all.length;
  };
  const [f, g] = [accuracy("f"), accuracy("g")];
  if (f === null || g === null) return null;
  return `As a measure of what the representations are worth, kNN finds the class of ${percent(f)} of the external images with f and of ${percent(g)} with g.`;
}

function views({ convergence }: Analysis): string | null {
  return convergence?.sentence ?? null;
}

/** The four numbers of the first screen. */
export function numbersOf(analysis: Analysis): Report["numbers"] {
  const candidate = analysis.subsets.findIndex((one) => one.subset === "candidate");
  const auc = analysis.membership.findIndex(
    (one) => one.score === "sslmem" && one.members === "candidate" && one.others === "external",
  );
  const isRelative = analysis.headline.relative.value !== null;
  const headline = `/analysis/headline/${isRelative ? "relative" : "raw"}`;
  const numbers: Report["numbers"] = [
    {
      name: isRelative ? "Candidates minus external images" : "Mean score of the candidates",
      value: `${headline}/value`,
      error: null,
      interval: [`${headline}/low`, `${headline}/high`],
      format: "score",
      explanation: `mean sslmem, between −1 and 1; ${level(analysis.intervals.level)} interval`,
    },
    {
      name: "Told apart from external images",
      value: auc < 0 ? "/analysis/membership_auc" : `/analysis/membership/${auc}/auc/value`,
      error: null,
      interval:
        auc < 0 ? null : [`/analysis/membership/${auc}/auc/low`, `/analysis/membership/${auc}/auc/high`],
      format: "decimals",
      explanation: "AUC of the score; 0.5 is chance, 1 is certainty",
    },
  ];
  if (candidate >= 0)
    numbers.push({
      name: "Single candidates found memorised",
      value: `/analysis/subsets/${candidate}/discoveries/above_external_mean/share`,
      error: null,
      interval: null,
      format: "percent",
      explanation: "above the external mean beyond their own error, corrected for their number",
    });
  if (analysis.most_memorized.length > 0)
    numbers.push({
      name: "The most memorised image",
      value: "/analysis/most_memorized/0/sslmem",
      error: "/analysis/most_memorized/0/error",
      interval: null,
      format: "score",
      explanation: `its score, ± standard error ${errorOver(analysis.pairs)}`,
    });
  return numbers;
}

import { type Analysis, headline } from "../../analyze/index.js";
import { decimals, or, percent, score } from "../format.js";
import type { Report } from "../schema.js";

const subset = (analysis: Analysis, name: string) => analysis.subsets.find((s) => s.subset === name);

/** The finding in words, and how sure it is. */
export function findingOf(analysis: Analysis): Report["finding"] {
  const sentences: string[] = [];
  const candidates = subset(analysis, "candidate");
  const external = subset(analysis, "external");
  if (candidates !== undefined && external !== undefined) {
    sentences.push(
      `It rests on ${candidates.n} candidates and ${external.n} external images under ${analysis.pairs === 1 ? "one pair of encoders" : `${analysis.pairs} pairs of encoders`}; the external images score ${or(score, external.mean)} on average, which is the pair's own offset, and the figures here are given relative to it.`,
    );
  }
  if (analysis.membership_auc !== null) {
    sentences.push(
      `Of a candidate and an external image drawn at random, the candidate has the higher score with probability ${decimals(2)(analysis.membership_auc)} (0.5 is chance).`,
    );
  }
  if (analysis.pairs === 1) {
    sentences.push(
      "One pair cannot say how much of a single image's score is due to the random numbers of its training; several pairs (--pairs) can.",
    );
  }
  const accuracy = (encoder: "f" | "g") => {
    const all = analysis.knn.filter((result) => result.encoder === encoder);
    return all.length === 0 ? null : all.reduce((sum, { accuracy }) => sum + accuracy, 0) / all.length;
  };
  const [f, g] = [accuracy("f"), accuracy("g")];
  if (f !== null && g !== null) {
    sentences.push(
      `As a measure of what the representations are worth, kNN finds the class of ${percent(f)} of the external images with f and of ${percent(g)} with g.`,
    );
  }
  return { headline: headline(analysis), sentences };
}

/** The four numbers of the first screen. */
export function numbersOf(analysis: Analysis): Report["numbers"] {
  const numbers: Report["numbers"] = [];
  const candidate = analysis.subsets.findIndex((s) => s.subset === "candidate");
  const relative = analysis.subsets[candidate]?.relative.mean ?? null;
  if (candidate >= 0) {
    const path = `/analysis/subsets/${candidate}/${relative === null ? "" : "relative/"}`;
    numbers.push({
      name: relative === null ? "Mean score of the candidates" : "Candidates minus external images",
      value: `${path}mean`,
      error: `${path}se`,
      format: "score",
      explanation: "mean sslmem score, ± standard error; between −1 and 1",
    });
  }
  numbers.push({
    name: "Told apart from external images",
    value: "/analysis/membership_auc",
    error: null,
    format: "decimals",
    explanation: "AUC of the score; 0.5 is chance, 1 is certainty",
  });
  numbers.push({
    name: "Candidates above 0",
    value: "/analysis/candidates_above/zero",
    error: null,
    format: "percent",
    explanation: "share that f aligns better than g does",
  });
  if (analysis.most_memorized.length > 0) {
    numbers.push({
      name: "The most memorised image",
      value: "/analysis/most_memorized/0/sslmem",
      error: "/analysis/most_memorized/0/se",
      format: "score",
      explanation: "its score, ± standard error over views",
    });
  }
  return numbers.slice(0, 4);
}

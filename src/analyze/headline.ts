import { cohensD } from "../statistics/effect.js";
import { UNDEFINED } from "../statistics/estimate.js";
import { tTest } from "../statistics/ttest.js";
import { twoLevel } from "../statistics/two-level.js";
import { signed, p as words } from "../text/number-words.js";
import type { SubsetMoments } from "./moments.js";
import type { Analysis, Estimate, Maybe, SubsetSummary } from "./types.js";

type Headline = Analysis["headline"];

/**
 * The finding: the candidates' mean minus the external one, which measures the pair's own offset, and how sure it is. With
 * one pair the p-value is Welch's one-sided; with several that of the two-level t, pairs being drawn at random, too.
 */
export function headlineOf(
  subsets: readonly SubsetSummary[],
  moments: ReadonlyMap<string, SubsetMoments>,
): Headline {
  const summary = subsets.find(({ subset }) => subset === "candidate");
  const [candidate, external] = [moments.get("candidate"), moments.get("external")];
  const raw: Estimate = summary === undefined ? UNDEFINED : { value: summary.mean, ...summary.mean_interval };
  if (summary === undefined || candidate === undefined || external === undefined) {
    const sentence = "There are no external images to compare the candidates with.";
    return {
      verdict: "no-external",
      sentence,
      relative: UNDEFINED,
      raw,
      p_greater: null,
      cohens_d: UNDEFINED,
    };
  }
  const { mean, low, high } = summary.relative;
  const relative = { value: mean, low, high };
  const p_greater =
    candidate.crossed !== null && external.crossed !== null
      ? twoLevel(candidate.crossed, external.crossed).p_greater
      : tTest("welch", "candidate", "external", candidate.sslmem, external.sslmem).p_greater;
  const found = { relative, raw, p_greater, cohens_d: cohensD(candidate.sslmem, external.sslmem) };
  return { ...verdictOf(p_greater, found), ...found };
}

function verdictOf(
  p_greater: Maybe,
  { relative, cohens_d }: Pick<Headline, "relative" | "cohens_d">,
): Pick<Headline, "verdict" | "sentence"> {
  const interval =
    relative.low === null ? "" : `, 95 % interval ${signed(relative.low)} to ${signed(relative.high)}`;
  const how = `${signed(relative.value)} in sslmem${interval} (one-sided p = ${words(p_greater)}, d = ${cohens_d.value?.toFixed(2) ?? "n/a"})`;
  if (p_greater !== null && p_greater < 0.01)
    return {
      verdict: "memorized",
      sentence: `The candidates are memorised: relative to g, f aligns them better than external images, by ${how}.`,
    };
  if (p_greater !== null && p_greater < 0.05)
    return {
      verdict: "maybe",
      sentence: `The candidates may be memorised: they score above external images by ${how}.`,
    };
  return {
    verdict: "not-told-apart",
    sentence: `The candidates are not told apart from external images: difference ${how}.`,
  };
}

import { aucEstimate, cohensD } from "../statistics/effect.js";
import { estimateFromTest } from "../statistics/estimate.js";
import { type Moments, tTest } from "../statistics/ttest.js";
import { twoLevel } from "../statistics/two-level.js";
import type { Session } from "../tables/index.js";
import type { SubsetMoments } from "./moments.js";
import { separationOf, tabulate } from "./separation.js";
import type { Comparison, Estimate, SubsetTest } from "./types.js";

/** The pairs of subsets that are compared; the first is the one that f knows better. */
const COMPARED: readonly [string, string][] = [
  ["candidate", "external"],
  ["candidate", "shared"],
  ["candidate", "independent"],
  ["shared", "external"],
];

const present = (moments: ReadonlyMap<string, SubsetMoments>) =>
  COMPARED.filter(([first, second]) => moments.has(first) && moments.has(second));
const scoresOf = (moments: ReadonlyMap<string, SubsetMoments>, subset: string): Moments =>
  (moments.get(subset) as SubsetMoments).sslmem;

/** t-tests of sslmem between subsets. */
export function subsetTests(moments: ReadonlyMap<string, SubsetMoments>): SubsetTest[] {
  return present(moments).flatMap(([first, second]) =>
    (["student", "welch"] as const).map((kind) =>
      tTest(kind, first, second, scoresOf(moments, first), scoresOf(moments, second)),
    ),
  );
}

/** Rank tests and effect sizes of the same pairs of subsets. */
export async function comparisons(
  session: Session,
  moments: ReadonlyMap<string, SubsetMoments>,
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const [first, second] of present(moments)) {
    await tabulate(session, "sslmem", `subset = '${first}'`, `subset = '${second}'`);
    const { n, auc, aucError, mannWhitney, kolmogorovSmirnov } = await separationOf(session);
    found.push({
      first,
      second,
      n,
      difference: differenceOf(moments, first, second),
      cohens_d: cohensD(scoresOf(moments, first), scoresOf(moments, second)),
      auc: aucEstimate(auc, aucError),
      mann_whitney: mannWhitney,
      kolmogorov_smirnov: kolmogorovSmirnov,
    });
  }
  return found;
}

/** Difference of the means: Welch's interval, or with several pairs the two-level one. */
function differenceOf(moments: ReadonlyMap<string, SubsetMoments>, first: string, second: string): Estimate {
  const [a, b] = [moments.get(first), moments.get(second)] as [SubsetMoments, SubsetMoments];
  if (a.crossed !== null && b.crossed !== null) {
    const { value, low, high } = twoLevel(a.crossed, b.crossed);
    return { value, low, high };
  }
  return estimateFromTest(tTest("welch", first, second, a.sslmem, b.sslmem));
}

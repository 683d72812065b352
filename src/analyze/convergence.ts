import { keyOf, randomPermutation } from "../native/index.js";
import { finite } from "../statistics/estimate.js";
import { sortedOrder, spearman } from "../statistics/rank-correlation.js";
import type { Session } from "../tables/index.js";
import type { ScoredWith } from "./points.js";
import type { Convergence, Maybe } from "./types.js";
import { type KeptViews, keptViews } from "./view-distances.js";

/** Orders of the views that are averaged over, so that no figure hangs on which views came first. */
const ORDERS = 8;
const STEPS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 50, 75, 100, 200, 500];
/** Rank correlation of two scorings that we call enough. */
const ENOUGH = 0.9;

/**
 * How many views suffice (a question that the papers leave open): error, and agreement with a scoring by other views,
 * against their number. Two disjoint sets of k views are two independent scorings of the same pair; what K against K others
 * would give is forecast from the largest halves by Spearman and Brown's formula (1910). Null unless the parts keep the
 * view distances.
 */
export async function convergenceOf(
  session: Session,
  { k, scheme }: ScoredWith,
  seed: number,
): Promise<Convergence | null> {
  const kept = k === null || scheme === null ? null : await keptViews(session, k, scheme);
  if (kept === null || kept.images < 3) return null;
  const { units, fewest, images } = kept;
  const orders = Array.from({ length: ORDERS }, (_, order) =>
    randomPermutation(keyOf("convergence", seed, { sample: order }), new Uint32Array(units)),
  );
  const top = Math.min(images, Math.max(10, Math.round(images / 10)));
  const all = kept.scores(orders[0] as Uint32Array).values;
  const half = Math.floor(units / 2);
  const mean = (values: number[]) => finite(values.reduce((a, b) => a + b, 0) / values.length);
  const counts = STEPS.filter((count) => count >= fewest && count < units).concat(units);
  const measured = counts.map((count) => {
    const firsts = orders.map((order) => kept.scores(order.subarray(0, count)));
    const seconds = orders.map((order) =>
      count <= half ? kept.scores(order.subarray(count, 2 * count)).values : null,
    );
    const paired = firsts.flatMap(({ values }, i) => (seconds[i] ? [[values, seconds[i]] as const] : []));
    return {
      count,
      se: mean(firsts.map(({ error }) => error)),
      withAll: mean(firsts.map(({ values }) => spearman(values, all).value)),
      halves: paired.length === 0 ? null : mean(paired.map(([a, b]) => spearman(a, b).value)),
      overlap: paired.length === 0 ? null : mean(paired.map(([a, b]) => shareInCommon(a, b, top))),
    };
  });
  const halves = measured.filter((step) => step.halves !== null).at(-1);
  const forecast = (count: number): Maybe => {
    if (halves === undefined || halves.halves === null || halves.halves <= 0) return null;
    const longer = count / halves.count;
    return (longer * halves.halves) / (1 + (longer - 1) * halves.halves);
  };
  const beyond = [2 * units, 4 * units].map((count) => ({
    count,
    se: null,
    withAll: null,
    halves: null,
    overlap: null,
  }));
  const reliability = forecast(units);
  const needed = neededViews(kept, halves?.halves ?? null, halves?.count ?? 0);
  const result = {
    subset: "candidate",
    n: images,
    sampled: kept.sampled,
    k: kept.viewsOf(units),
    top,
    steps: [...measured, ...beyond].map((step) => ({
      k: kept.viewsOf(step.count),
      se: step.se,
      spearman_with_all: step.withAll,
      spearman_halves: step.halves,
      spearman_predicted: forecast(step.count),
      top_overlap: step.overlap,
    })),
    reliability,
    needed,
    enough: reliability === null ? null : reliability >= ENOUGH,
  };
  const at = halves === undefined ? null : { views: kept.viewsOf(halves.count), overlap: halves.overlap };
  return { ...result, sentence: sentenceOf(result, at) };
}

/** Share of the top lists of two scorings that is in both. */
function shareInCommon(a: Float64Array, b: Float64Array, top: number): number {
  const first = (values: Float64Array) => sortedOrder(values).subarray(values.length - top);
  const there = new Set(first(a));
  return first(b).reduce((sum, i) => sum + (there.has(i) ? 1 : 0), 0) / top;
}

function neededViews(kept: KeptViews, halves: Maybe, count: number): Maybe {
  if (halves === null || halves <= 0) return null;
  if (halves >= 1) return kept.viewsOf(kept.fewest);
  const units = Math.ceil((count * ENOUGH * (1 - halves)) / (halves * (1 - ENOUGH)) - 1e-9);
  return kept.viewsOf(Math.max(kept.fewest, units));
}

function sentenceOf(
  { k, top, reliability, needed, enough }: Omit<Convergence, "sentence">,
  halves: { views: number; overlap: Maybe } | null,
): string {
  if (reliability === null || halves === null || needed === null)
    return `${k} views are too few, or the scores too noisy, to say how far they agree with other views.`;
  const agreement = `two scorings by ${k} different views each are forecast to agree with a rank correlation of ${reliability.toFixed(2)}`;
  const overlap = `lists of the top ${top} by ${halves.views} views and by ${halves.views} others share ${(100 * (halves.overlap ?? 0)).toFixed(0)} %`;
  return enough
    ? `${k} views were enough for the top list: ${agreement}; ${overlap}.`
    : `${k} views were not enough to trust single places in the top list: ${agreement}; ${overlap}. About ${needed} views would bring it to ${ENOUGH}.`;
}

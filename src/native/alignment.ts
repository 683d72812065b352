import type { AlignmentResult, Distance, ViewScheme } from "./addon.js";
import { callAsync } from "./call.js";
import { loadBinding } from "./load.js";

/** Distances between representations, in the order of the documentation (native/core/alignment.h). */
export const nativeDistances: readonly Distance[] = ["l2", "cosine", "angular", "l1"];

/** Which pairs of views are compared. */
export const viewSchemes: readonly ViewScheme[] = ["pairs", "original", "disjoint"];

/**
 * How many units of K views a scheme's jackknife leaves out in turn: views (pairs), views beside the original (original), or
 * pairs of views (disjoint).
 */
export function leftOutUnits(scheme: string | null, views: number): number {
  return scheme === "original" ? views - 1 : scheme === "disjoint" ? views / 2 : views;
}

/** How views are compared, and what is returned beside the losses. */
export interface AlignmentOptions {
  /** l2 |u - v|, cosine 1 - cos, angular arccos(cos) / pi, l1 sum |u_k - v_k|; default l2 */
  distance?: Distance;
  /**
   * pairs (default): all i < j, in the order (0,1), (0,2) …; original: view 0, the original, with each other view;
   * disjoint: (0,1), (2,3) …, for an even number of views
   */
  scheme?: ViewScheme;
  /** compare the directions u / |u|; default true. Cosine and angular do in any case. */
  normalize?: boolean;
  /** also return every pair's distance; default false */
  keepPairs?: boolean;
  /** 0 (default): one per hardware thread. Changes no number. */
  threads?: number;
  signal?: AbortSignal;
}

/**
 * Alignment loss L(x) of each sample (Wang et al., ICLR 2024, equation 1): the mean distance over pairs of its views.
 * Computed from differences in float64: identical views give exactly 0, and the order of the views changes nothing.
 * Two zero vectors are at distance 0; a zero and a non-zero one count as orthogonal.
 *
 * @param representations [samples, views, dim]; leave it alone until the promise settles
 * @param views K, in [2, 4096]
 * @returns loss [samples]; leaveOneOut [samples, n]: the loss with view v (pairs), augmented view v + 1 (original) or
 *   pair v (disjoint) left out, NaN where no pair remains; standardError [samples]: the jackknife over those n; pairs
 *   [samples, number of pairs] or null
 * @throws SslMemError NUMERIC, naming sample and view, if a representation is not finite; USAGE for wrong shapes; the
 *   signal's reason when aborted
 */
export async function alignment(
  representations: Float32Array,
  samples: number,
  views: number,
  dim: number,
  options: AlignmentOptions = {},
): Promise<AlignmentResult> {
  const { distance = "l2", ...rest } = options;
  const results = await alignments(representations, samples, views, dim, [distance], rest);
  return results[0] as AlignmentResult;
}

/** The same for several distances, in one pass over the representations. */
export function alignments(
  representations: Float32Array,
  samples: number,
  views: number,
  dim: number,
  distances: readonly Distance[],
  options: Omit<AlignmentOptions, "distance"> = {},
): Promise<AlignmentResult[]> {
  const { scheme = "pairs", normalize = true, keepPairs = false, threads = 0, signal } = options;
  return callAsync(signal, (abort) =>
    loadBinding().alignment(
      representations,
      samples,
      views,
      dim,
      { distances, scheme, normalize, keepPairs, threads },
      abort,
    ),
  );
}

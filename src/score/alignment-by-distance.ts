import { SslMemError } from "../errors.js";
import { blaming, contractBroken, ownName } from "../faults/index.js";
import {
  type AlignmentResult,
  type Distance,
  leftOutUnits,
  alignment as nativeAlignment,
  type ViewScheme,
} from "../native/index.js";
import { getDistance } from "./distances/registry.js";
import { jackknife } from "./formulas.js";

/** How the views of an image are compared. */
export interface Comparison {
  /** A name of the registry. */
  readonly distance: string;
  readonly scheme: ViewScheme;
  /** Scale representations to unit length first. */
  readonly normalize: boolean;
  /** Also return every pair's distance; default false. */
  readonly keepPairs?: boolean;
}

/**
 * Alignment losses of a batch by any registered distance: by the native core where it knows it, else by plainAlignment.
 *
 * @param representations float32 [samples, views, dim]
 * @throws SslMemError as `alignment` of the native core; USAGE for a distance of one's own that throws, or gives what is none
 */
export async function alignment(
  representations: Float32Array,
  samples: number,
  views: number,
  dim: number,
  comparison: Comparison,
): Promise<AlignmentResult> {
  const { distance, ...rest } = comparison;
  const { between } = getDistance(distance);
  return between === undefined
    ? nativeAlignment(representations, samples, views, dim, { ...rest, distance: distance as Distance })
    : plainAlignment(representations, samples, views, dim, rest, checkedDistance(distance, between));
}

/** A distance that is held to its contract: what it throws, and what is no distance, names it. */
function checkedDistance(name: string, between: Between): Between {
  const owner = ownName("distance", name);
  return (u, v) => {
    const distance = blaming(owner, () => between(u, v));
    if (typeof distance === "number" && distance >= 0 && distance < Number.POSITIVE_INFINITY) return distance;
    throw contractBroken(
      `Expected distances that are finite and not below 0 from ${owner} but received ${String(distance)}.`,
    );
  };
}

/**
 * The alignment losses that the native core's `alignment` gives, as plain loops over a distance that is a function: for
 * distances that the core does not know, and to hold it to.
 *
 * @param representations float32 [samples, views, dim] @param between distance of two of them, see DistanceDefinition
 * @throws SslMemError NUMERIC, naming the sample, if a representation or a distance is not finite; USAGE for fewer than 2
 *   views, or an odd number of them that are compared two by two
 */
export function plainAlignment(
  representations: Float32Array,
  samples: number,
  views: number,
  dim: number,
  { scheme, normalize, keepPairs = false }: Omit<Comparison, "distance">,
  between: Between,
): AlignmentResult {
  if (
    views < 2 ||
    (scheme === "disjoint" && views % 2 !== 0) ||
    representations.length !== samples * views * dim
  )
    throw new SslMemError(
      "USAGE",
      `Expected ${samples} · ${views} · ${dim} values of 2 views or more (an even number if disjoint) but received ${representations.length}.`,
    );
  const pairs = pairsOf(scheme, views);
  const units = leftOutUnits(scheme, views);
  const result = {
    loss: new Float64Array(samples),
    standardError: new Float64Array(samples),
    leaveOneOut: new Float64Array(samples * units),
    pairs: keepPairs ? new Float64Array(samples * pairs.length) : null,
  };
  for (let sample = 0; sample < samples; sample++) {
    const rows = Array.from({ length: views }, (_, view) => {
      const start = (sample * views + view) * dim;
      const row = Float64Array.from(representations.subarray(start, start + dim));
      if (!row.every(Number.isFinite))
        throw new SslMemError(
          "NUMERIC",
          `Expected finite representations but sample ${sample}, view ${view} has one that is not.`,
        );
      return normalize ? unit(row) : row;
    });
    const distances = pairs.map(([i, j]) => between(rows[i] as Float64Array, rows[j] as Float64Array));
    const wrong = distances.find((distance) => !(distance >= 0 && distance < Number.POSITIVE_INFINITY));
    if (wrong !== undefined)
      throw new SslMemError(
        "NUMERIC",
        `Expected distances that are finite and not below 0 but two views of sample ${sample} are at ${wrong}.`,
      );
    // What is left without a unit: the sum of all distances less those that the unit is in.
    const [own, of] = [new Float64Array(units), new Float64Array(units)];
    let sum = 0;
    for (const [pair, distance] of distances.entries()) {
      sum += distance;
      for (const unit of unitsOfPair(scheme, pairs[pair] as Pair)) {
        own[unit] = (own[unit] as number) + distance;
        of[unit] = (of[unit] as number) + 1;
      }
    }
    const left = own.map((distance, unit) => (sum - distance) / (pairs.length - (of[unit] as number)));
    result.loss[sample] = sum / pairs.length;
    result.standardError[sample] = jackknife(left);
    result.leaveOneOut.set(left, sample * units);
    result.pairs?.set(distances, sample * pairs.length);
  }
  return result;
}

type Between = (u: Float64Array, v: Float64Array) => number;
type Pair = readonly [number, number];

/** Pairs of views, in the order of the native core. */
function pairsOf(scheme: ViewScheme, views: number): Pair[] {
  if (scheme === "original") return Array.from({ length: views - 1 }, (_, i) => [0, i + 1]);
  if (scheme === "disjoint") return Array.from({ length: views / 2 }, (_, i) => [2 * i, 2 * i + 1]);
  return Array.from({ length: views }, (_, i) =>
    Array.from({ length: views - 1 - i }, (_, j): Pair => [i, i + 1 + j]),
  ).flat();
}

/** The units of leftOutUnits that a pair is of. */
function unitsOfPair(scheme: ViewScheme, [i, j]: Pair): number[] {
  if (scheme === "original") return [j - 1];
  return scheme === "disjoint" ? [i / 2] : [i, j];
}

function unit(row: Float64Array): Float64Array {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? row.map((value) => value / length) : row;
}

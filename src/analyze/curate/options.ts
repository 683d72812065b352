import { SslMemError } from "../../errors.js";
import type { FactName } from "../fact-names.js";
import type { Slice } from "../types.js";

/** Which images a list takes. */
export const PICKS = ["most", "least", "random", "matched-random", "all"] as const;
export type Pick = (typeof PICKS)[number];

/** What a list is made of. */
export interface CurateOptions {
  parts: readonly string[];
  /** facts.parquet, or null. */
  facts: string | null;
  /** Slices of the run's analysis, for `slice`. */
  slices: readonly Slice[];
  labelNames: readonly string[] | null;
  pick: Pick;
  /** Images wanted: a whole number, or a share below 1 of those there are; null: all (with matched-random: as many as `like`). */
  count: number | null;
  /** A subset, or "all". */
  subset: string;
  /** Key of a slice (`class=dog`, `brightness=q4`), or null. */
  slice: string | null;
  /** Ids whose controls are wanted, with `matched-random`; null: the `count` most memorised. */
  like: readonly string[] | null;
  /** Facts that controls are matched on beside the class, the most important first. */
  match: readonly FactName[];
  seed: number;
}

/** A list, and what it was chosen from. */
export interface Curated {
  ids: string[];
  /** Images that the list was taken from. */
  available: number;
  /** For matched controls: how many were found with the class and so many of the facts in common, most first. */
  matched: { facts: readonly string[]; n: number }[] | null;
}

/** How many images are wanted. Throws SslMemError USAGE when there are not as many. */
export function countOf({ count, subset, slice }: CurateOptions, available: number): number {
  if (available === 0)
    throw new SslMemError(
      "USAGE",
      `Expected images of subset ${subset}${slice === null ? "" : ` in slice ${slice}`} but there are none.`,
    );
  const wanted = count === null ? available : count < 1 ? Math.round(count * available) : count;
  if (wanted < 1 || wanted > available)
    throw new SslMemError("USAGE", `Expected 1 to ${available} images for --count but received ${wanted}.`);
  return wanted;
}

import type { Analysis } from "./types.js";

/**
 * What a reader must know before he trusts the figures, as sentences.
 *
 * @param foreign whether f and g are weights from elsewhere, of which no further pairs can be trained
 */
export function warningsOf(
  { near_duplicates, pairs, headline, subsets, skipped, images }: Analysis,
  foreign: boolean,
): string[] {
  const found: string[] = [];
  if (near_duplicates !== null && near_duplicates.between_subsets > 0) {
    const { between_subsets: n, candidates_affected: affected } = near_duplicates;
    found.push(
      `${n} pair${n === 1 ? "" : "s"} of near-duplicates lie in different subsets (${affected} candidate${affected === 1 ? "" : "s"}): the encoder that should not have seen an image has seen its likeness.`,
    );
  }
  if (foreign)
    found.push(
      "The weights are from elsewhere: how far another pair would score otherwise is not known, and a score tells memorisation only where f was trained on the image, g was not, and both were trained alike otherwise.",
    );
  else if (pairs === 1)
    found.push("One encoder pair: the spread over seeds is not known; --pairs 3 measures it.");
  const external = subsets.find(({ subset }) => subset === "external");
  const { value, low, high } = headline.relative;
  if (external?.mean_interval.low != null && value !== null && low !== null && high !== null) {
    const isOff = external.mean_interval.low > 0 || (external.mean_interval.high ?? 0) < 0;
    if (isOff && Math.abs(external.mean ?? 0) > Math.abs(value))
      found.push(
        "The pair's own offset is larger than the effect: do not read the scores without those of the external images.",
      );
  }
  if (skipped.length > 0.01 * images)
    found.push(`${skipped.length} unreadable files were skipped, more than 1 % of the images.`);
  return found;
}

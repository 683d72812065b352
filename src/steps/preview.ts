import { existsSync } from "node:fs";
import type { Resolved } from "../config/resolve.js";
import { readIdList } from "../data/id-list.js";
import {
  arrange,
  describeTaken,
  divide,
  LISTING_SCHEMA,
  listingSchema,
  Manifest,
  Split,
  SUBSETS,
  type Subset,
  type Taken,
} from "../data/index.js";
import { checked, readJson } from "../run/json.js";
import { runPaths } from "../run/paths.js";
import type { Reporter } from "../run/reporter.js";
import { checkLabels } from "../train/classes.js";
import { checkExclusions } from "./exclusions.js";
import { openData } from "./open-data.js";
import { dataOf } from "./settings-for.js";
import { describeSkipped } from "./skipped.js";
import { splitSizes } from "./split-sizes.js";

/** What a run would work on: nothing of it has been decoded. */
export interface Preview {
  /** Images that are listed. */
  readonly images: number;
  /** What the data set is taken for, or was when the run listed it; null where that run did not write it down. */
  readonly taken: Taken | null;
  /** Whether the run has been listed and its images read: then this is what it found. */
  readonly isThere: boolean;
  /** Null where all images would be scored, under weights from elsewhere. */
  readonly subsets: Readonly<Record<Subset, number>> | null;
}

/**
 * Looks at the data set of a run that is planned: what the run has written of it, or else its list, and the sizes of its split
 * if all images can be read. Says what was taken and what was left out. Writes nothing into the run.
 *
 * @throws SslMemError as listing and dividing do
 */
export async function previewImages(
  root: string,
  resolved: Resolved,
  isNew: boolean,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<Preview> {
  const paths = runPaths(root);
  const { settings } = resolved;
  const counts = (split: Split) =>
    Object.fromEntries(SUBSETS.map((subset) => [subset, split.indices(subset).length])) as Preview["subsets"];
  if (!isNew && existsSync(paths.manifest) && (existsSync(paths.split) || settings.f !== null)) {
    const manifest = await Manifest.read(paths.manifest);
    const split = existsSync(paths.split) ? await Split.read(paths.split, manifest) : null;
    if (split !== null) await checkExclusions(split, settings);
    const content = await readJson(paths.listing, LISTING_SCHEMA);
    const found =
      content === null
        ? null
        : checked(listingSchema, content, paths.listing, "--force lists the images again");
    const { labelNames, skipped } = manifest.facts;
    if (found !== null)
      for (const line of describeTaken(found.taken, { data: dataOf(settings), labelNames }))
        reporter.note(line);
    if (skipped.length > 0) reporter.note(describeSkipped(skipped, paths.skipped));
    const subsets = split === null ? null : counts(split);
    return { images: manifest.count, taken: found?.taken ?? null, subsets, isThere: true };
  }
  const { source, list } = await openData(settings, reporter, signal);
  try {
    const listing = await list();
    if (settings.f !== null)
      return { images: listing.images.count, taken: listing.taken, subsets: null, isThere: false };
    const { splitSeed: seed, splitScheme: scheme, stratify, exclude } = settings;
    const noSizes = { limit: null, shared: 0, candidate: 0, independent: 0, external: null };
    const arrangement = arrange(listing, { seed, scheme, stratify, ...noSizes });
    const parts = { train: arrangement.train.length, test: arrangement.test.length };
    const sizes = splitSizes(resolved, parts);
    const whole = divide(listing.images, arrangement, { seed, scheme, ...sizes }, new Set());
    const split = exclude === null ? whole : whole.without(await readIdList(exclude), listing.images).split;
    checkLabels(settings, listing.images, split);
    return { images: listing.images.count, taken: listing.taken, subsets: counts(split), isThere: false };
  } finally {
    await source.close();
  }
}

import { existsSync } from "node:fs";
import type { Resolved } from "../config/resolve.js";
import { readIdList } from "../data/id-list.js";
import { arrange, divide, Manifest, Split, SUBSETS, type Subset, type Taken } from "../data/index.js";
import { openData } from "./all-images.js";
import { runPaths } from "./paths.js";
import type { Reporter } from "./reporter.js";
import { checkExclusions } from "./steps/exclusions.js";
import { splitSizes } from "./steps/split-sizes.js";

/** What a run would work on: nothing of it has been decoded. */
export interface Preview {
  /** Images that are listed. */
  readonly images: number;
  /** What the data set was taken for; null where the run has its list already. */
  readonly taken: Taken | null;
  /** Null where all images would be scored, under weights from elsewhere. */
  readonly subsets: Readonly<Record<Subset, number>> | null;
}

/**
 * Looks at the data set of a run that is planned: its list, or that of the run if it is there, and the sizes of its split if
 * all images can be read. Writes nothing into the run.
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
  if (!isNew && existsSync(paths.manifest) && existsSync(paths.split)) {
    const manifest = await Manifest.read(paths.manifest);
    const split = await Split.read(paths.split, manifest);
    await checkExclusions(split, settings);
    return { images: manifest.count, taken: null, subsets: counts(split) };
  }
  const { source, list } = await openData(settings, reporter, signal);
  try {
    const listing = await list();
    if (settings.f !== null) return { images: listing.images.count, taken: listing.taken, subsets: null };
    const { splitSeed: seed, splitScheme: scheme, stratify, exclude } = settings;
    const noSizes = { limit: null, shared: 0, candidate: 0, independent: 0, external: null };
    const arrangement = arrange(listing, { seed, scheme, stratify, ...noSizes });
    const parts = { train: arrangement.train.length, test: arrangement.test.length };
    const sizes = splitSizes(resolved, parts);
    const whole = divide(listing.images, arrangement, { seed, scheme, ...sizes }, new Set());
    const split = exclude === null ? whole : whole.without(await readIdList(exclude), listing.images).split;
    return { images: listing.images.count, taken: listing.taken, subsets: counts(split) };
  } finally {
    await source.close();
  }
}

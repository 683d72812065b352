import { SslMemError } from "../errors.js";
import { contractBroken } from "../faults/index.js";
import { foreign } from "../text/foreign.js";
import { Manifest, type PixelRules, PLAIN_PIXELS, type SkippedFile } from "./manifest.js";
import { type Reading, type ReadingOptions, readOnce } from "./reading.js";
import { isOwnFailure } from "./sources/checked-source.js";
import type { Listing, Source } from "./types.js";

export type BuildOptions = Omit<ReadingOptions, "rules"> & {
  readonly rules?: PixelRules;
  /** A listing that is there already; else the source is listed. */
  readonly listing?: Pick<Listing, "images" | "labelNames" | "outlierIds">;
};

/**
 * The manifest of all images of a data set: lists it and reads every image once, so that unreadable ones are known
 * (skipped, with the reason).
 *
 * @throws SslMemError DATA when no image is readable, or with `strict` at the first that is not; the signal's reason
 */
export async function buildManifest(source: Source, options: BuildOptions = {}): Promise<Manifest> {
  const { rules = PLAIN_PIXELS, signal } = options;
  const listing = options.listing ?? (await source.list({ signal }));
  const all = new Uint32Array(listing.images.count).map((_, index) => index);
  const { read, unreadable } = await readOnce(source, listing.images, all, { ...options, rules });
  if (read.count === 0) throw noneReadable(source, listing, unreadable);
  return Manifest.ofListing(
    source,
    listing,
    { read, used: read.indices() },
    skippedFiles(listing, unreadable),
    rules,
  );
}

/** Files of a listing that could not be read, in its order. */
export function skippedFiles(
  { images }: Pick<Listing, "images">,
  unreadable: Reading["unreadable"],
): SkippedFile[] {
  return [...unreadable]
    .sort(([a], [b]) => a - b)
    .map(([index, reason]) => ({ id: images.id(index), reason }));
}

/** The error for a data set none of whose images can be read. */
export function noneReadable(
  source: Pick<Source, "spec">,
  { images }: Pick<Listing, "images">,
  unreadable: Reading["unreadable"],
): SslMemError {
  const skipped = skippedFiles({ images }, unreadable);
  const [first] = skipped;
  if (first !== undefined && skipped.every(({ reason }) => isOwnFailure(reason)))
    return contractBroken(
      `Expected readable images in ${source.spec} but ${first.reason}, of ${foreign(first.id)} and all others.`,
    );
  return new SslMemError(
    "DATA",
    `Expected readable images in ${source.spec} but none of the ${unreadable.size} that were tried is; the first is ${foreign(first?.id ?? "")}: ${first?.reason}.`,
  );
}

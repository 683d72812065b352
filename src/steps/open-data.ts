import { stat } from "node:fs/promises";
import { isTrusted, openCacheFolder } from "../cache/cache-folder.js";
import { listingsFolder } from "../cache/image-cache.js";
import type { Settings } from "../config/all-settings.js";
import { ImageList } from "../data/image-list.js";
import {
  buildManifest,
  changed,
  decodingStore,
  describeTaken,
  gone,
  hexOf,
  ImageReader,
  type ImageStore,
  KnownImages,
  type Listing,
  listed,
  listingFiles,
  Manifest,
  openSource,
  type PixelRules,
  type Source,
  type SourceOptions,
} from "../data/index.js";
import { faultInWords } from "../faults/index.js";
import { clearLeavings } from "../files/index.js";
import { runPaths } from "../run/paths.js";
import type { Reporter } from "../run/reporter.js";
import { foreign } from "../text/foreign.js";
import { checkGiven } from "../text/given.js";

/** How the settings say that a data set is listed and read. */
function sourceOptions({
  orientation,
  sampleImage,
}: Pick<Settings, "orientation" | "sampleImage">): SourceOptions {
  return { orientation, sampleImage };
}

/** How they say that files become pixels. */
function pixelRulesOf({ orientation, cacheSide }: Pick<Settings, "orientation" | "cacheSide">): PixelRules {
  return { orientation, shorterSide: cacheSide };
}

/** A data set that is open, its listing and what is known of its images. */
export interface OpenData {
  readonly source: Source;
  readonly known: KnownImages;
  readonly rules: PixelRules;
  /** Lists it, or takes the listing that was kept; says what was taken and what was left out. Throws as Source.list. */
  list(): Promise<Listing>;
}

type DataSettings = Pick<Settings, "data" | "sourceKind" | "orientation" | "sampleImage" | "cacheSide">;

/**
 * Opens the data set of the settings, with what the cache knows of it; a cache that cannot be written is said and done
 * without. Throws SslMemError DATA or USAGE.
 */
export async function openData(
  settings: DataSettings,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<OpenData> {
  const data = settings.data as string;
  const source = await openSource(data, settings.sourceKind, sourceOptions(settings));
  const folder = listingsFolder();
  const rules = pixelRulesOf(settings);
  const without = (error: unknown) =>
    reporter.warn(
      `cannot keep the list of images in ${folder} (${faultInWords(error)}); they are listed each time`,
    );
  const cache = await openCacheFolder(folder).catch((error: unknown) => {
    without(error);
    return null;
  });
  const keeps = cache?.isReadOnly === false;
  if (keeps) await clearLeavings(folder);
  const names = listingFiles(folder, data, settings.sourceKind, sourceOptions(settings), rules);
  // In a folder that is not ours alone each file must be one that others cannot have changed.
  const usable = async (path: string) =>
    cache !== null && (keeps || (await stat(path).then(isTrusted, () => false))) ? path : null;
  const [listingPath, knownPath] = [await usable(names.listing), await usable(names.known)];
  const known = await KnownImages.open(source, rules, knownPath, keeps);
  const list = async () => {
    reporter.start("listing images");
    try {
      const onProgress = (found: number) => reporter.update({ done: found, total: found });
      const listing = await listed(source, listingPath, { signal, onProgress }, keeps ? without : null);
      reporter.finish(`${listing.images.count} images`);
      for (const line of describeTaken(listing.taken, { data, labelNames: listing.labelNames }))
        reporter.note(line);
      return listing;
    } catch (error) {
      reporter.finish("stopped");
      throw error;
    }
  };
  return { source, known, rules, list };
}

/** Where a verb's images are read for it. */
interface Reading {
  readonly opened: OpenData;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  readonly strict?: boolean;
}

/**
 * All images of a data set that can be read, for verbs that work on no run: unreadable ones are named and passed over.
 * Throws as buildManifest.
 */
export async function readAllImages(
  settings: DataSettings & Pick<Settings, "strict">,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<ImageStore> {
  checkGiven("readAllImages", { settings, reporter }, ["settings.data", "reporter"]);
  const opened = await openData(settings, reporter, signal);
  const { strict } = settings;
  return closedOnError(opened, async () =>
    readWhole({ opened, reporter, signal, strict }, await opened.list()),
  );
}

/**
 * All images of a run's data set by the run's list, those included that the run does not use.
 * Throws SslMemError DATA when an image that the run used is not what it was.
 */
export async function readRunsImages(
  root: string,
  settings: DataSettings,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<ImageStore> {
  checkGiven("readRunsImages", { root, settings, reporter }, ["root", "settings.data", "reporter"]);
  const run = await Manifest.read(runPaths(root).manifest);
  const opened = await openData(settings, reporter, signal);
  const { labelNames, outlierIds } = run.facts;
  // What is read now changes the sizes in the list, which is the run's own.
  const { columns } = run.images;
  const images = ImageList.from({ ...columns, bytes: columns.bytes.slice() });
  const isSame = ({ read, facts }: Manifest) => {
    for (const [row, index] of run.used.entries()) {
      const now = read.row(index);
      if (now >= 0 && hexOf(read.digest(now)) === hexOf(run.read.digest(row))) continue;
      const entry = run.entry(index);
      if (now >= 0) throw changed(opened.source, entry);
      throw gone(opened.source, entry, facts.skipped.find(({ id }) => id === entry.id)?.reason);
    }
  };
  return closedOnError(opened, () =>
    readWhole({ opened, reporter, signal }, { images, labelNames, outlierIds }, isSame),
  );
}

/** @param check may throw */
async function readWhole(
  { opened: { source, known, rules }, reporter, signal, strict }: Reading,
  listing: Pick<Listing, "images" | "labelNames" | "outlierIds">,
  check: (manifest: Manifest) => void = () => {},
): Promise<ImageStore> {
  reporter.start("reading images");
  try {
    const onProgress = (done: number, total: number) => reporter.update({ done, total });
    const manifest = await buildManifest(source, { listing, rules, known, strict, signal, onProgress });
    check(manifest);
    reporter.finish(`${manifest.used.length} images, ${manifest.facts.skipped.length} skipped`);
    nameSkipped(manifest, reporter);
    return decodingStore(manifest, source);
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  }
}

/**
 * All images of a data set for verbs that go through them once, so that each is decoded once: see ImageReader. The verb then
 * names those that could not be read. Throws as openData and Source.list.
 */
export async function openAllImages(
  settings: DataSettings & Pick<Settings, "strict">,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<ImageReader> {
  const opened = await openData(settings, reporter, signal);
  const { source, known, rules } = opened;
  const { strict } = settings;
  return closedOnError(
    opened,
    async () => new ImageReader(source, await opened.list(), { rules, known, strict, signal }),
  );
}

/** Tells which images were passed over, and why. */
export function nameSkipped({ facts }: Manifest, reporter: Pick<Reporter, "warn">): void {
  for (const { id, reason } of facts.skipped) reporter.warn(`skipped ${foreign(id)}: ${reason}`);
}

async function closedOnError<T>({ source, known }: OpenData, work: () => Promise<T>): Promise<T> {
  const keep = () => known.keep().catch(() => {});
  try {
    const result = await work();
    await keep();
    return result;
  } catch (error) {
    await keep();
    await source.close();
    throw error;
  }
}

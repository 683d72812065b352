import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { readIdList } from "../data/id-list.js";
import type { ImageList } from "../data/image-list.js";
import {
  type Arrangement,
  arrange,
  type DecodedImage,
  divide,
  type KnownImages,
  LISTING_SCHEMA,
  type Listing,
  Manifest,
  noneReadable,
  Reading,
  readOnce,
  type Source,
  Split,
  type StoreDescriptor,
  SUBSETS,
  skippedFiles,
} from "../data/index.js";
import { SslMemError } from "../errors.js";
import { writeJson } from "../files/index.js";
import { foreign } from "../text/foreign.js";
import { checkGiven } from "../text/given.js";
import { checkLabels } from "../train/classes.js";
import { allThere, claimed } from "./claim.js";
import { DecodedImages } from "./decoded-images.js";
import { checkExclusions } from "./exclusions.js";
import { type OpenData, openData } from "./open-data.js";
import { describeSkipped, writeSkipped } from "./skipped.js";
import { splitSizes } from "./split-sizes.js";
import type { StepContext } from "./step-context.js";
import { checkUnchanged } from "./unchanged.js";

/** The images of a run. */
export interface RunImages {
  readonly manifest: Manifest;
  /** The four subsets; null where all images are scored under weights from elsewhere. */
  readonly split: Split | null;
  /** What opens them, here or in a worker. */
  readonly store: StoreDescriptor;
}

/** The images of a run that are divided into subsets. */
export type DividedImages = RunImages & { readonly split: Split };

/**
 * The images of a run, divided into the four subsets: those that are there, or else the data set is listed, divided and
 * the images that are used are read once. An unreadable one is replaced by the next of the split's order (or, with
 * `strict`, ends it), so that what a split holds depends on the data and its seed alone.
 *
 * @throws SslMemError DATA when there is nothing to read, or an image is not what it was; USAGE for sizes that do not fit;
 *   the signal's reason
 */
export async function dividedImages(context: StepContext): Promise<DividedImages> {
  checkGiven("dividedImages", { context }, ["context.run"]);
  return (await imagesOf(context, true)) as DividedImages;
}

/** The same without subsets, for weights from elsewhere: all images that can be read. Subsets that are there are kept. */
export async function allImages(context: StepContext): Promise<RunImages> {
  checkGiven("allImages", { context }, ["context.run"]);
  return imagesOf(context, existsSync(context.run.paths.split));
}

async function imagesOf(context: StepContext, isDivided: boolean): Promise<RunImages> {
  const { run, reporter, signal } = context;
  const { paths } = run;
  const { settings } = run.resolved;
  const opened = await openData(settings, reporter, signal);
  const decoded = new DecodedImages(settings, reporter);
  // The manifest is written last: where it is, the split is that of its images.
  const isThere = () => allThere(paths.manifest, ...(isDivided ? [paths.split] : []));
  try {
    const made = await claimed(context, isThere, async () => {
      const found = await newImages(context, opened, decoded, isDivided);
      const packPath = await packOf(found.manifest, opened.source, decoded, signal);
      await found.split?.write(paths.split, found.manifest);
      await found.manifest.write(paths.manifest);
      return { ...found, packPath };
    });
    const { manifest, split } = made ?? (await keptImages(context, opened, decoded, isDivided));
    const packPath = made ? made.packPath : await packOf(manifest, opened.source, decoded, signal);
    return { manifest, split, store: { data: settings.data as string, manifest, packPath } };
  } finally {
    // Also of what was read before an interruption: the next try goes on from there.
    await opened.known.keep().catch(() => {});
    await decoded.close();
    await opened.source.close();
  }
}

async function packOf(
  manifest: Manifest,
  source: Source,
  decoded: DecodedImages,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  return (await decoded.existing(manifest)) ?? (await decoded.make(source, manifest, signal));
}

/** What the run has; where images would be taken from the cache, their files must be what they were. */
async function keptImages(
  context: StepContext,
  { source, known }: OpenData,
  decoded: DecodedImages,
  isDivided: boolean,
): Promise<Pick<RunImages, "manifest" | "split">> {
  const { run } = context;
  const manifest = await Manifest.read(run.paths.manifest);
  const split = isDivided ? await Split.read(run.paths.split, manifest) : null;
  if (split !== null) await checkExclusions(split, run.resolved.settings);
  if ((await decoded.existing(manifest)) !== null) await checkUnchanged(context, source, manifest, known);
  return { manifest, split };
}

async function newImages(
  context: StepContext,
  opened: OpenData,
  decoded: DecodedImages,
  isDivided: boolean,
): Promise<Pick<RunImages, "manifest" | "split">> {
  const { run, reporter } = context;
  const data = { ...opened, listing: await opened.list() };
  const { listing, source, rules } = data;
  const { reading, used, split } = await withProgress(context, "reading images", () =>
    isDivided ? readDivided(context, data, decoded) : readAll(context, data, decoded),
  );
  const skipped = skippedFiles(listing, reading.unreadable);
  await writeJson(run.paths.listing, {
    schema: LISTING_SCHEMA,
    taken: listing.taken,
    skipped: skipped.length,
  });
  const manifest = Manifest.ofListing(source, listing, { read: reading.read, used }, skipped, rules);
  if (skipped.length === 0) await rm(run.paths.skipped, { force: true });
  else {
    await writeSkipped(run.paths.skipped, skipped);
    reporter.note(describeSkipped(skipped, run.paths.skipped));
  }
  if (split !== null)
    reporter.note(`Split: ${SUBSETS.map((name) => `${split.indices(name).length} ${name}`).join(", ")}.`);
  return { manifest, split };
}

type ListedData = OpenData & { readonly listing: Listing };

interface Found {
  readonly reading: Reading;
  /** Indices of images that have been read, ascending. */
  readonly used: Uint32Array;
  readonly split: Split | null;
}

async function readAll(context: StepContext, data: ListedData, decoded: DecodedImages): Promise<Found> {
  const { listing, source } = data;
  const reading = new Reading(listing.images.count);
  const all = new Uint32Array(listing.images.count).map((_, index) => index);
  await readSome(context, data, all, decoded, reading);
  if (reading.read.count === 0) throw noneReadable(source, listing, reading.unreadable);
  return { reading, used: reading.read.indices(), split: null };
}

/** Divides, reads what is used, and divides again as long as that finds images that cannot be read. */
async function readDivided(context: StepContext, data: ListedData, decoded: DecodedImages): Promise<Found> {
  const { listing, source } = data;
  const { settings } = context.run.resolved;
  const options = { seed: settings.splitSeed, scheme: settings.splitScheme, stratify: settings.stratify };
  const excluded = settings.exclude === null ? null : await readIdList(settings.exclude);
  const arrangement = arrange(listing, { ...options, ...NO_SIZES });
  const reading = new Reading(listing.images.count);
  const { read, unreadable } = reading;
  for (;;) {
    const before = unreadable.size;
    const split = divideReadable(context, listing, arrangement, unreadable, excluded, () =>
      read.count === 0 && before > 0 ? noneReadable(source, listing, unreadable) : null,
    );
    checkLabels(settings, listing.images, split.split);
    const used = split.split.used();
    const unread = used.filter((index) => !read.has(index));
    await readSome(context, data, unread, decoded, reading);
    if (unreadable.size > before) continue;
    split.tell();
    return { reading, used, split: split.split };
  }
}

const NO_SIZES = { limit: null, shared: 0, candidate: 0, independent: 0, external: null };

function divideReadable(
  { run, reporter }: StepContext,
  { images }: Listing,
  arrangement: Arrangement,
  unreadable: ReadonlyMap<number, string>,
  excluded: readonly string[] | null,
  whyNone: () => Error | null,
): { split: Split; tell: () => void } {
  const bad = new Set(unreadable.keys());
  const badTests = [...bad].filter((index) => images.isTest(index)).length;
  const parts = {
    train: arrangement.train.length - (bad.size - badTests),
    test: arrangement.test.length - badTests,
  };
  const { splitSeed: seed, splitScheme: scheme } = run.resolved.settings;
  let whole: Split;
  try {
    whole = divide(images, arrangement, { seed, scheme, ...splitSizes(run.resolved, parts) }, bad);
  } catch (error) {
    throw whyNone() ?? withUnreadable(error, images, unreadable);
  }
  if (excluded === null) return { split: whole, tell: () => {} };
  const { split, excluded: count } = whole.without(excluded, images);
  const others = excluded.length - count;
  const left =
    others > 0 ? `; ${others} of the ids ${others === 1 ? "is" : "are"} not of this split's images` : "";
  return {
    split,
    tell: () => reporter.note(`Excluded: ${count} ${count === 1 ? "image" : "images"}${left}.`),
  };
}

/** An error about numbers of images, with how many cannot be read: without that, whoever has more than it names is puzzled. */
function withUnreadable(error: unknown, images: ImageList, unreadable: ReadonlyMap<number, string>): unknown {
  if (!(error instanceof SslMemError) || unreadable.size === 0) return error;
  const [first, reason] = [...unreadable].sort(([a], [b]) => a - b)[0] as [number, string];
  const count = unreadable.size === 1 ? "1 image" : `${unreadable.size} images`;
  const why = `${count} cannot be read, such as ${foreign(images.id(first))} (${reason})`;
  const hint = error.hint === undefined ? why : `${error.hint.replace(/\.$/, "")}; ${why}`;
  return new SslMemError(error.code, error.message, hint, { cause: error });
}

/** Reads images that no one has read, each of them once; those that are decoded for it go to the cache on the way. */
function readSome(
  { run, reporter, signal }: StepContext,
  { source, listing, rules, known }: ListedData,
  indices: Uint32Array,
  decoded: DecodedImages,
  into: Reading,
) {
  const { strict } = run.resolved.settings;
  const options = {
    rules,
    strict,
    known,
    signal,
    onProgress: (done: number, total: number) => {
      reporter.update({ done, total });
      keepNowAndThen(known);
    },
    onImage: (index: number, image: DecodedImage) => decoded.add(index, image),
  };
  return readOnce(source, listing.images, indices, options, into);
}

const KEEP_EVERY_MS = 60_000;
let kept = performance.now();

/** A process that is killed while it reads a million images leaves what it has learned to the next. */
function keepNowAndThen(known: KnownImages): void {
  if (performance.now() - kept < KEEP_EVERY_MS) return;
  kept = performance.now();
  known.keep().catch(() => {}); // at the end it is tried again
}

async function withProgress<T>({ reporter }: StepContext, label: string, work: () => Promise<T>): Promise<T> {
  reporter.start(label);
  try {
    const result = await work();
    reporter.finish();
    return result;
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  }
}

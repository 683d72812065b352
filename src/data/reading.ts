import { SslMemError } from "../errors.js";
import { isMachineFault } from "../faults/index.js";
import { foreign } from "../text/foreign.js";
import { reasonOf } from "./bytes-as-listed.js";
import { digestOf } from "./image-digest.js";
import type { ImageList } from "./image-list.js";
import type { ImageKnowledge, KnownImages } from "./known-images.js";
import type { PixelRules } from "./manifest.js";
import { decodeBy } from "./pixels.js";
import { ReadImageTable } from "./read-images.js";
import type { DecodedImage, Source, SourceEntry } from "./types.js";

export interface ReadingOptions {
  readonly rules: PixelRules;
  /** Throw at the first unreadable image. */
  readonly strict?: boolean | undefined;
  /** Images that need not be read since they are known. */
  readonly known?: KnownImages | undefined;
  /** Decode every image that can be, known or not, for onImage. */
  readonly isDecoding?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Receives every image that is decoded, in order. */
  readonly onImage?: ((index: number, image: DecodedImage) => Promise<void>) | undefined;
}

/** What reading images told. */
export class Reading {
  readonly read: ReadImageTable;
  /** Reasons by index. */
  readonly unreadable = new Map<number, string>();

  /** @param images of the data set, of which some are read */
  constructor(images: number) {
    this.read = new ReadImageTable(images);
  }
}

const IN_FLIGHT = 8;

interface Outcome {
  readonly knowledge: ImageKnowledge;
  readonly image?: DecodedImage;
}

/**
 * Reads and decodes images once: whether each can be used, its size, its digest.
 *
 * @param indices places in `images`, ascending
 * @param into what is known of others, which this is added to
 * @throws SslMemError DATA, with `strict`, at the first that is not readable, and for a fault of the machine; the signal's reason
 */
export async function readOnce(
  source: Source,
  images: ImageList,
  indices: Uint32Array,
  options: ReadingOptions,
  into = new Reading(images.count),
): Promise<Reading> {
  const { strict = false, signal } = options;
  const pending: Promise<Outcome | Error>[] = [];
  const begin = (place: number) =>
    outcomeOf(source, images.at(indices[place] as number), options).catch((error: unknown) => error as Error);
  const read = async (place: number, index: number): Promise<void> => {
    signal?.throwIfAborted();
    while (pending.length < IN_FLIGHT && place + pending.length < indices.length)
      pending.push(begin(place + pending.length));
    const outcome = (await pending.shift()) as Outcome | Error;
    if (outcome instanceof Error) throw outcome;
    const { knowledge, image } = outcome;
    if ("reason" in knowledge) {
      if (strict)
        throw new SslMemError(
          "DATA",
          `Expected a readable image but ${foreign(images.id(index))} of ${source.spec} is not: ${knowledge.reason}.`,
          "--no-strict leaves it out and names it",
        );
      into.unreadable.set(index, knowledge.reason);
    } else {
      into.read.set(index, knowledge);
      if (image !== undefined) await options.onImage?.(index, image);
    }
    options.onProgress?.(place + 1, indices.length);
  };
  try {
    for (const [place, index] of indices.entries()) await read(place, index);
  } finally {
    await Promise.all(pending); // whoever is told closes the source: nothing may read it then
  }
  return into;
}

async function outcomeOf(
  source: Source,
  entry: SourceEntry,
  { rules, known, isDecoding = false }: ReadingOptions,
): Promise<Outcome> {
  const recalled = await known?.recall(entry);
  if (recalled !== undefined && ("reason" in recalled || !isDecoding)) return { knowledge: recalled };
  const before = (await known?.mark(entry)) ?? null;
  try {
    const bytes = await source.bytes(entry);
    const digest = digestOf(bytes);
    const image = await decodeBy(rules, source, bytes, entry);
    const knowledge = { width: image.width, height: image.height, bytes: bytes.length, digest };
    known?.remember(entry, knowledge, before);
    return { knowledge, image };
  } catch (error) {
    // To pass over an image for a fault of the machine would make the division depend on the machine.
    if (isMachineFault(error)) throw error;
    // A source that gives no image at all, of whatever kind the bytes are.
    if (error instanceof SslMemError && error.code === "USAGE") throw error;
    const knowledge = { reason: reasonOf(error) };
    known?.remember(entry, knowledge, before);
    return { knowledge };
  }
}

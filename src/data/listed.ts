import { SslMemError } from "../errors.js";
import type { DecodedImage, Source, SourceEntry } from "./types.js";

/**
 * Decodes an image that was readable when its data set was listed.
 * Throws SslMemError DATA, naming the image, when it is not any more: files vanish and change while a run lasts.
 */
export function readListed(source: Source, entry: SourceEntry): Promise<DecodedImage> {
  return asListed(source, entry, () => source.read(entry));
}

/** The bytes of its file; null where images are not files of their own. Throws as readListed. */
export async function encodedListed(source: Source, entry: SourceEntry): Promise<Uint8Array | null> {
  return asListed(source, entry, async () => (await source.encoded?.(entry)) ?? null);
}

async function asListed<T>(source: Source, { id }: SourceEntry, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const gone = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const reason = gone ? "its file is not there any more" : `it is damaged now: ${reasonOf(cause)}`;
    throw new SslMemError(
      "DATA",
      `Expected image ${id} of ${source.spec} as it was when the images were listed but ${reason}.`,
      "put it back and run the same command again, or list the images anew with --force or another --run",
      { cause },
    );
  }
}

/**
 * An error's message as a phrase of one line, without the full stop that ends a sentence: the first line and, where that
 * announces it with a colon, the second.
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text
    .split("\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a damaged file may put any into a library's message
    .map((line) => line.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim())
    .filter((line) => line !== "");
  const [first = "its reader does not say why", second] = lines;
  const phrase = first.endsWith(":")
    ? `${first.slice(0, -1)}${second === undefined ? "" : `: ${second}`}`
    : first;
  return phrase.replace(/[.:]$/, "");
}

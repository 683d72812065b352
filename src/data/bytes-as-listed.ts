import { SslMemError } from "../errors.js";
import { isMachineFault } from "../faults/index.js";
import { foreign } from "../text/foreign.js";
import { digestOf, hexOf } from "./image-digest.js";
import type { ManifestEntry } from "./manifest.js";
import type { Source } from "./types.js";

/** Letters of a library's reason, which may quote what a damaged file holds. */
const LONGEST_REASON = 240;
const AGAIN =
  "put it back and run the same command again, or begin anew with these images: sslmem audit (or split) with another --run";

/**
 * The bytes of an image, which must be those that were read when its data set was listed and divided.
 * Throws SslMemError DATA, naming the image, when they are not any more: files vanish and change.
 */
export async function bytesAsListed(source: Source, entry: ManifestEntry): Promise<Uint8Array> {
  const bytes = await asListed(source, entry, () => source.bytes(entry));
  if (entry.digest !== null && hexOf(digestOf(bytes)) !== entry.digest) throw changed(source, entry);
  return bytes;
}

/** The error for an image whose contents are not those that were listed. */
export function changed(source: Pick<Source, "spec">, { id }: Pick<ManifestEntry, "id">): SslMemError {
  return new SslMemError(
    "DATA",
    `Expected image ${foreign(id)} of ${source.spec} as it was when the images were listed but its contents are others now.`,
    AGAIN,
  );
}

/** The error for an image that was read when it was listed and cannot be now. @param reason why, if that is known */
export function gone(
  source: Pick<Source, "spec">,
  { id }: Pick<ManifestEntry, "id">,
  reason = "it is not there",
): SslMemError {
  return new SslMemError(
    "DATA",
    `Expected image ${foreign(id)} of ${source.spec} as it was when the images were listed but it cannot be read now: ${reason}.`,
    AGAIN,
  );
}

/** Does work on an image that was readable when it was listed. Throws SslMemError DATA, naming it, when it is not any more. */
export async function asListed<T>(
  source: Source,
  { id }: Pick<ManifestEntry, "id">,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SslMemError || isMachineFault(cause)) throw cause;
    const gone = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const reason = gone ? "its file is not there any more" : `it is damaged now: ${reasonOf(cause)}`;
    throw new SslMemError(
      "DATA",
      `Expected image ${foreign(id)} of ${source.spec} as it was when the images were listed but ${reason}.`,
      AGAIN,
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
  return foreign(phrase.replace(/[.:]$/, ""), LONGEST_REASON);
}

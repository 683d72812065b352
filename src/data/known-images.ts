import sharp from "sharp";
import { z } from "zod";
import { readColumns, writeColumns } from "./columns-file.js";
import { DIGEST_BYTES } from "./digest.js";
import { ImageList } from "./image-list.js";
import type { PixelRules } from "./manifest.js";
import { areSettled, MARK_BYTES, markOf, stampOf } from "./stamp.js";
import type { Source, SourceEntry } from "./types.js";

/** Changes whenever files would be decoded otherwise, or others would be refused. */
const VERSION = 1;

const factsSchema = z.object({ rules: z.string(), reasons: z.array(z.tuple([z.number(), z.string()])) });
const COLUMNS = ["text", "ends", "width", "height", "bytes", "digest", "mark"];

/** What reading an image told: its size in pixels and bytes and its digest, or why it cannot be decoded. */
export type ImageKnowledge =
  | { readonly width: number; readonly height: number; readonly bytes: number; readonly digest: Uint8Array }
  | { readonly reason: string };

/**
 * What is known of a data set's images from earlier runs, so that files that have not changed since (size, times and inode)
 * need not be read again to know that they are the same. Kept in the cache; losing it costs time only.
 */
export class KnownImages {
  readonly #found = new Map<string, ImageKnowledge & { mark: Uint8Array }>();
  readonly #marks = new Map<string, Promise<Uint8Array | null>>();
  #changed = false;

  private constructor(
    readonly source: Source,
    readonly rules: string,
    readonly path: string | null,
    readonly keeps: boolean,
  ) {}

  /**
   * @param pixels how files become pixels: knowledge under other rules, or of another decoder, does not count
   * @param path the file of the cache; null: there is none @param keeps whether what is learned is written there
   */
  static async open(
    source: Source,
    pixels: PixelRules,
    path: string | null,
    keeps = true,
  ): Promise<KnownImages> {
    const rules = JSON.stringify([VERSION, sharp.versions, pixels]);
    const known = new KnownImages(source, rules, path, keeps);
    await known.#load();
    return known;
  }

  /** Takes in what the file knows of images that this process knows nothing of. */
  async #load(): Promise<void> {
    const file = this.path === null ? null : await readColumns(this.path);
    const { data: facts } = factsSchema.safeParse(file?.facts);
    if (file === null || facts?.rules !== this.rules) return;
    if (!COLUMNS.every((name) => name in file.columns)) return;
    const { text, ends, width, height, bytes, digest, mark } = file.columns as unknown as {
      text: Uint8Array;
      ends: Float64Array;
      width: Int32Array;
      height: Int32Array;
      bytes: Float64Array;
      digest: Uint8Array;
      mark: Uint8Array;
    };
    const reasons = new Map(facts.reasons);
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    for (let row = 0; row < ends.length; row++) {
      const id = decoder.decode(text.subarray(row === 0 ? 0 : ends[row - 1], ends[row]));
      if (this.#found.has(id)) continue;
      const reason = reasons.get(row);
      this.#found.set(id, {
        mark: mark.subarray(MARK_BYTES * row, MARK_BYTES * (row + 1)),
        ...(reason === undefined
          ? {
              width: width[row] as number,
              height: height[row] as number,
              bytes: bytes[row] as number,
              digest: digest.subarray(DIGEST_BYTES * row, DIGEST_BYTES * (row + 1)),
            }
          : { reason }),
      });
    }
  }

  /** What an image was when it was last read, if its file has not changed since; else undefined. */
  async recall(entry: SourceEntry): Promise<ImageKnowledge | undefined> {
    const found = this.#found.get(entry.id);
    if (found === undefined) return undefined;
    const mark = await this.#markOf(entry);
    return mark !== null && Buffer.from(mark).equals(found.mark) ? found : undefined;
  }

  /** @param before the mark that mark() gave before the image was read: a file that changed meanwhile is not known */
  remember(entry: SourceEntry, knowledge: ImageKnowledge, before: Uint8Array | null): void {
    if (before === null) return;
    this.#found.set(entry.id, { ...knowledge, mark: before });
    this.#changed = true;
  }

  /** State of the file that holds an image; null where there is none, or where nothing is kept. */
  async mark(entry: SourceEntry): Promise<Uint8Array | null> {
    return this.path === null ? null : this.#markOf(entry);
  }

  /** Writes what was learned. Throws what the file system says. */
  async keep(): Promise<void> {
    if (this.path === null || !this.keeps || !this.#changed) return;
    await this.#load(); // another process may have learned of other images meanwhile
    const count = this.#found.size;
    const columns = {
      width: new Int32Array(count),
      height: new Int32Array(count),
      bytes: new Float64Array(count),
      digest: new Uint8Array(DIGEST_BYTES * count),
      mark: new Uint8Array(MARK_BYTES * count),
    };
    const reasons: [number, string][] = [];
    const ids: string[] = [];
    for (const [id, knowledge] of this.#found) {
      const row = ids.push(id) - 1;
      columns.mark.set(knowledge.mark, MARK_BYTES * row);
      if ("reason" in knowledge) reasons.push([row, knowledge.reason]);
      else {
        columns.width[row] = knowledge.width;
        columns.height[row] = knowledge.height;
        columns.bytes[row] = knowledge.bytes;
        columns.digest.set(knowledge.digest, DIGEST_BYTES * row);
      }
    }
    const { text, ends } = ImageList.textOf(ids);
    await writeColumns(this.path, {
      facts: { rules: this.rules, reasons },
      columns: { text, ends, ...columns },
    });
    this.#changed = false;
  }

  /** Archives hold many images: their state is asked for once in a session. */
  #markOf(entry: SourceEntry): Promise<Uint8Array | null> {
    const file = this.source.fileOf(entry);
    if (file === null) return Promise.resolve(null);
    if (entry.path === entry.id) return markOfFile(file);
    let mark = this.#marks.get(file);
    if (mark === undefined) {
      mark = markOfFile(file);
      this.#marks.set(file, mark);
    }
    return mark;
  }
}

/** None for a file that has just changed: a further change might not show in its times. */
async function markOfFile(path: string): Promise<Uint8Array | null> {
  const stamp = await stampOf(path);
  return stamp !== null && areSettled([stamp]) ? markOf(stamp) : null;
}

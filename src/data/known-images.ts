import sharp from "sharp";
import { z } from "zod";
import { withRoom } from "../arrays.js";
import { readColumns, typedColumns, writeColumns } from "./columns-file.js";
import { IdColumn } from "./id-column.js";
import { IdRows } from "./id-rows.js";
import { DIGEST_BYTES } from "./image-digest.js";
import type { PixelRules } from "./manifest.js";
import { type ReadImage, ReadImageTable } from "./read-images.js";
import { areSettled, MARK_BYTES, markOf, stampOf } from "./stamp.js";
import type { Source, SourceEntry } from "./types.js";

/** Changes whenever files would be decoded otherwise, or others would be refused. */
const VERSION = 1;

const factsSchema = z.object({ rules: z.string(), reasons: z.array(z.tuple([z.number(), z.string()])) });
const COLUMNS = {
  text: Uint8Array,
  ends: Float64Array,
  width: Int32Array,
  height: Int32Array,
  bytes: Float64Array,
  digest: Uint8Array,
  mark: Uint8Array,
};

/** What reading an image told, or why it cannot be decoded. */
export type ImageKnowledge = ReadImage | { readonly reason: string };

/**
 * What is known of a data set's images from earlier runs, so that files that have not changed since (size, times and inode)
 * need not be read again to know that they are the same. Kept in the cache; losing it costs time only.
 */
export class KnownImages {
  /** Rows by id; what is known, the state of the file then, and the reasons of those that cannot be decoded, by row. */
  readonly #ids = new IdRows();
  readonly #read = new ReadImageTable();
  #mark = new Uint8Array();
  readonly #reasons = new Map<number, string>();
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
    const columns = typedColumns(file, COLUMNS);
    if (columns === null) return;
    const { text, ends, width, height, bytes, digest, mark } = columns;
    const reasons = new Map(facts.reasons);
    const ids = IdColumn.from({ text, ends });
    for (let row = 0; row < ids.count; row++) {
      const id = ids.at(row);
      if (this.#ids.find(id) >= 0) continue;
      const reason = reasons.get(row);
      const part = (column: Uint8Array, each: number) => column.subarray(each * row, each * (row + 1));
      const image = {
        width: width[row] as number,
        height: height[row] as number,
        bytes: bytes[row] as number,
        digest: part(digest, DIGEST_BYTES),
      };
      this.#set(id, reason === undefined ? image : { reason }, part(mark, MARK_BYTES));
    }
  }

  /** What an image was when it was last read, if its file has not changed since; else undefined. */
  async recall(entry: SourceEntry): Promise<ImageKnowledge | undefined> {
    const row = this.#ids.find(entry.id);
    if (row < 0) return undefined;
    const mark = await this.#markOf(entry);
    if (mark === null || !Buffer.from(mark).equals(this.#markAt(row))) return undefined;
    const reason = this.#reasons.get(row);
    return reason === undefined ? this.#read.at(row) : { reason };
  }

  /** @param before the mark that mark() gave before the image was read: a file that changed meanwhile is not known */
  remember(entry: SourceEntry, knowledge: ImageKnowledge, before: Uint8Array | null): void {
    if (before === null) return;
    this.#set(entry.id, knowledge, before);
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
    const { count } = this.#ids;
    // What is learned while it is written is kept the next time, and changes nothing of what is being written.
    this.#changed = false;
    const columns = {
      ...this.#ids.columns,
      ...this.#read.columns(count),
      mark: this.#mark.subarray(0, MARK_BYTES * count),
    };
    const copies = Object.entries(columns).map(([name, column]) => [name, column.slice()] as const);
    try {
      await writeColumns(this.path, {
        facts: { rules: this.rules, reasons: [...this.#reasons] },
        columns: Object.fromEntries(copies),
      });
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }

  #set(id: string, knowledge: ImageKnowledge, mark: Uint8Array): void {
    const row = this.#ids.add(id);
    const isRead = !("reason" in knowledge);
    this.#read.set(row, isRead ? knowledge : null);
    if (isRead) this.#reasons.delete(row);
    else this.#reasons.set(row, knowledge.reason);
    this.#mark = withRoom(this.#mark, MARK_BYTES * (row + 1));
    this.#mark.set(mark, MARK_BYTES * row);
  }

  #markAt(row: number): Uint8Array {
    return this.#mark.subarray(MARK_BYTES * row, MARK_BYTES * (row + 1));
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

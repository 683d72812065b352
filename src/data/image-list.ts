import { SslMemError } from "../errors.js";
import type { SourceEntry } from "./types.js";

const NO_LABEL = -1;
const SAME_AS_ID = -1;
const FIRST_ROWS = 1024;
const FIRST_TEXT = 1 << 16;
const encoder = new TextEncoder();
/** A name may begin with U+FEFF, which a decoder would take for a byte order mark and leave out. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The columns of a list, as they lie in memory; rows are equally many in all of them. */
export interface ImageColumns {
  /** UTF-8 of all ids, one after the other. */
  readonly text: Uint8Array;
  /** [rows] where each id ends in `text`. */
  readonly ends: Float64Array;
  /** [rows] bytes into the file, and bytes long: up to 2^53. */
  readonly offset: Float64Array;
  readonly bytes: Float64Array;
  /** [rows] number of the path in `paths`; −1 where it is the id itself, as in folders. */
  readonly path: Int32Array;
  /** [rows] −1: none. */
  readonly label: Int32Array;
  /** [rows] 1: test. */
  readonly part: Uint8Array;
  readonly paths: readonly string[];
}

/**
 * Images by name, place and size, by column: some 30 bytes an image beside its id, where objects take several hundred, so
 * that lists of ImageNet (1.28 million) stay small and are read and written as they lie in memory.
 */
export class ImageList {
  #count = 0;
  #text: Uint8Array;
  #textLength = 0;
  #ends: Float64Array;
  #offset: Float64Array;
  #bytes: Float64Array;
  #path: Int32Array;
  #label: Int32Array;
  #part: Uint8Array;
  readonly #paths: string[] = [];
  readonly #pathNumbers = new Map<string, number>();

  constructor(rows = FIRST_ROWS) {
    this.#text = new Uint8Array(FIRST_TEXT);
    this.#ends = new Float64Array(rows);
    this.#offset = new Float64Array(rows);
    this.#bytes = new Float64Array(rows);
    this.#path = new Int32Array(rows);
    this.#label = new Int32Array(rows);
    this.#part = new Uint8Array(rows);
  }

  static of(entries: Iterable<SourceEntry>): ImageList {
    const list = new ImageList();
    for (const entry of entries) list.push(entry);
    return list;
  }

  /** A list over columns that another list gave; they are not copied. */
  static from(columns: ImageColumns): ImageList {
    const list = new ImageList(0);
    list.#count = columns.ends.length;
    list.#text = columns.text;
    list.#textLength = columns.text.length;
    list.#ends = columns.ends;
    list.#offset = columns.offset;
    list.#bytes = columns.bytes;
    list.#path = columns.path;
    list.#label = columns.label;
    list.#part = columns.part;
    for (const path of columns.paths) list.#pathNumbers.set(path, list.#paths.push(path) - 1);
    return list;
  }

  /** Ids as the columns `text` and `ends`. */
  static textOf(ids: readonly string[]): Pick<ImageColumns, "text" | "ends"> {
    const list = new ImageList(ids.length);
    for (const [row, id] of ids.entries()) {
      list.#append(id);
      list.#ends[row] = list.#textLength;
    }
    return { text: list.#text.subarray(0, list.#textLength), ends: list.#ends };
  }

  get count(): number {
    return this.#count;
  }

  /** The columns without their spare room. Views of the list's memory: not to be written to. */
  get columns(): ImageColumns {
    const rows = this.#count;
    return {
      text: this.#text.subarray(0, this.#textLength),
      ends: this.#ends.subarray(0, rows),
      offset: this.#offset.subarray(0, rows),
      bytes: this.#bytes.subarray(0, rows),
      path: this.#path.subarray(0, rows),
      label: this.#label.subarray(0, rows),
      part: this.#part.subarray(0, rows),
      paths: this.#paths,
    };
  }

  push(entry: SourceEntry): void {
    const row = this.#count++;
    if (this.#count > this.#ends.length) this.#growRows(Math.max(FIRST_ROWS, 2 * row));
    this.#append(entry.id);
    this.#ends[row] = this.#textLength;
    this.#offset[row] = entry.offset;
    this.#bytes[row] = entry.bytes;
    this.#path[row] = entry.path === entry.id ? SAME_AS_ID : this.#pathNumber(entry.path);
    this.#label[row] = entry.label ?? NO_LABEL;
    this.#part[row] = entry.part === "test" ? 1 : 0;
  }

  /** The row as an object made for the call. Throws SslMemError INTERNAL when there is none. */
  at(row: number): SourceEntry {
    const id = this.id(row);
    const path = this.#path[row] as number;
    return {
      id,
      path: path === SAME_AS_ID ? id : (this.#paths[path] as string),
      offset: this.#offset[row] as number,
      bytes: this.#bytes[row] as number,
      label: this.label(row),
      part: this.isTest(row) ? "test" : "train",
    };
  }

  id(row: number): string {
    this.#check(row);
    const start = row === 0 ? 0 : (this.#ends[row - 1] as number);
    return decoder.decode(this.#text.subarray(start, this.#ends[row]));
  }

  /** Ids of the rows from `first` to before `end`, parted by NUL. */
  joinedIds(first: number, end: number): string {
    const startOf = (row: number) => (row === 0 ? 0 : (this.#ends[row - 1] as number));
    const [text, ends] = [this.#text, this.#ends];
    const joined = new Uint8Array(startOf(end) - startOf(first) + end - first - 1);
    // Byte by byte: ids are short, and a view of each takes longer to make than to copy.
    let [at, from] = [0, startOf(first)];
    for (let row = first; row < end; row++, at++) {
      const to = ends[row] as number;
      while (from < to) joined[at++] = text[from++] as number;
    }
    return decoder.decode(joined);
  }

  label(row: number): number | null {
    const label = this.#label[row] as number;
    return label === NO_LABEL ? null : label;
  }

  isTest(row: number): boolean {
    return this.#part[row] === 1;
  }

  setLabel(row: number, label: number | null): void {
    this.#check(row);
    this.#label[row] = label ?? NO_LABEL;
  }

  setBytes(row: number, bytes: number): void {
    this.#check(row);
    this.#bytes[row] = bytes;
  }

  setPart(row: number, part: SourceEntry["part"]): void {
    this.#check(row);
    this.#part[row] = part === "test" ? 1 : 0;
  }

  *[Symbol.iterator](): Iterator<SourceEntry> {
    for (let row = 0; row < this.#count; row++) yield this.at(row);
  }

  #check(row: number): void {
    if (!(row >= 0 && row < this.#count))
      throw new SslMemError("INTERNAL", `Expected an index below ${this.#count} but received ${row}.`);
  }

  #append(id: string): void {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    const most = this.#textLength + 3 * id.length;
    if (most > this.#text.length) this.#text = grown(this.#text, new Uint8Array(2 * most));
    this.#textLength += encoder.encodeInto(id, this.#text.subarray(this.#textLength)).written;
  }

  #growRows(rows: number): void {
    this.#ends = grown(this.#ends, new Float64Array(rows));
    this.#offset = grown(this.#offset, new Float64Array(rows));
    this.#bytes = grown(this.#bytes, new Float64Array(rows));
    this.#path = grown(this.#path, new Int32Array(rows));
    this.#label = grown(this.#label, new Int32Array(rows));
    this.#part = grown(this.#part, new Uint8Array(rows));
  }

  #pathNumber(path: string): number {
    let number = this.#pathNumbers.get(path);
    if (number === undefined) {
      number = this.#paths.push(path) - 1;
      this.#pathNumbers.set(path, number);
    }
    return number;
  }
}

function grown<T extends Uint8Array | Float64Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

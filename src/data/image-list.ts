import { withRoom } from "../arrays.js";
import { SslMemError } from "../errors.js";
import { IdColumn } from "./id-column.js";
import type { SourceEntry } from "./source-entry.js";

const NO_LABEL = -1;
const SAME_AS_ID = -1;
const FIRST_ROWS = 1024;

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
  #ids: IdColumn;
  #offset: Float64Array;
  #bytes: Float64Array;
  #path: Int32Array;
  #label: Int32Array;
  #part: Uint8Array;
  readonly #paths: string[] = [];
  readonly #pathNumbers = new Map<string, number>();

  constructor(rows = FIRST_ROWS) {
    this.#ids = new IdColumn(rows);
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
    list.#ids = IdColumn.from(columns);
    list.#offset = columns.offset;
    list.#bytes = columns.bytes;
    list.#path = columns.path;
    list.#label = columns.label;
    list.#part = columns.part;
    for (const path of columns.paths) list.#pathNumbers.set(path, list.#paths.push(path) - 1);
    return list;
  }

  get count(): number {
    return this.#ids.count;
  }

  /** The columns without their spare room. Views of the list's memory: not to be written to. */
  get columns(): ImageColumns {
    const rows = this.count;
    return {
      ...this.#ids.columns,
      offset: this.#offset.subarray(0, rows),
      bytes: this.#bytes.subarray(0, rows),
      path: this.#path.subarray(0, rows),
      label: this.#label.subarray(0, rows),
      part: this.#part.subarray(0, rows),
      paths: this.#paths,
    };
  }

  push(entry: SourceEntry): void {
    const row = this.count;
    this.#ids.push(entry.id);
    this.#growRows(this.count);
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
    return this.#ids.at(row);
  }

  /** Ids of the rows from `first` to before `end`, parted by NUL. */
  joinedIds(first: number, end: number): string {
    return this.#ids.joined(first, end);
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
    for (let row = 0; row < this.count; row++) yield this.at(row);
  }

  #check(row: number): void {
    if (!(row >= 0 && row < this.count))
      throw new SslMemError("INTERNAL", `Expected an index below ${this.count} but received ${row}.`);
  }

  #growRows(rows: number): void {
    this.#offset = withRoom(this.#offset, rows);
    this.#bytes = withRoom(this.#bytes, rows);
    this.#path = withRoom(this.#path, rows);
    this.#label = withRoom(this.#label, rows);
    this.#part = withRoom(this.#part, rows);
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

import { withRoom } from "../arrays.js";

const FIRST_ROWS = 1024;
const FIRST_TEXT = 1 << 16;
const encoder = new TextEncoder();
/** A name may begin with U+FEFF, which a decoder would take for a byte order mark and leave out. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Ids of images as UTF-8, one after the other: their bytes and 8 more each. */
export class IdColumn {
  #count = 0;
  #text: Uint8Array = new Uint8Array(FIRST_TEXT);
  #length = 0;
  #ends: Float64Array;

  constructor(rows = FIRST_ROWS) {
    this.#ends = new Float64Array(rows);
  }

  /** Over columns that another gave; they are not copied. */
  static from({ text, ends }: { readonly text: Uint8Array; readonly ends: Float64Array }): IdColumn {
    const ids = new IdColumn(0);
    [ids.#count, ids.#text, ids.#length, ids.#ends] = [ends.length, text, text.length, ends];
    return ids;
  }

  get count(): number {
    return this.#count;
  }

  /** UTF-8 of all ids, and [rows] where each ends in it. Views of this column's memory: not to be written to. */
  get columns(): { text: Uint8Array; ends: Float64Array } {
    return { text: this.#text.subarray(0, this.#length), ends: this.#ends.subarray(0, this.#count) };
  }

  push(id: string): void {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.#text = withRoom(this.#text, this.#length + 3 * id.length);
    this.#ends = withRoom(this.#ends, this.#count + 1);
    this.#length += encoder.encodeInto(id, this.#text.subarray(this.#length)).written;
    this.#ends[this.#count++] = this.#length;
  }

  /** The id of a row below `count`. */
  at(row: number): string {
    return decoder.decode(this.#text.subarray(this.#start(row), this.#ends[row]));
  }

  /** Ids of the rows from `first` to before `end`, parted by NUL. */
  joined(first: number, end: number): string {
    const [text, ends] = [this.#text, this.#ends];
    let [at, from] = [0, this.#start(first)];
    const joined = new Uint8Array(this.#start(end) - from + end - first - 1);
    // Byte by byte: ids are short, and a view of each takes longer to make than to copy.
    for (let row = first; row < end; row++, at++) {
      const to = ends[row] as number;
      while (from < to) joined[at++] = text[from++] as number;
    }
    return decoder.decode(joined);
  }

  /** 32 bits of hash of a row's id (FNV-1a, its bits mixed once more). */
  hash(row: number): number {
    const end = this.#ends[row] as number;
    let hash = 0x811c9dc5;
    for (let at = this.#start(row); at < end; at++)
      hash = Math.imul(hash ^ (this.#text[at] as number), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  /** Whether two rows have the same id. */
  same(one: number, other: number): boolean {
    const [first, second] = [this.#start(one), this.#start(other)];
    const length = (this.#ends[one] as number) - first;
    if ((this.#ends[other] as number) - second !== length) return false;
    for (let i = 0; i < length; i++) if (this.#text[first + i] !== this.#text[second + i]) return false;
    return true;
  }

  /** Takes away the last row. */
  pop(): void {
    this.#count--;
    this.#length = this.#start(this.#count);
  }

  #start(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] as number);
  }
}

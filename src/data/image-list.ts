import type { ManifestEntry } from "./manifest.js";

const NO_LABEL = -1;
const FIRST_CAPACITY = 1024;

/**
 * Manifest rows by column: some 60 bytes an image beside its id, where objects take several hundred, so that the lists
 * of ImageNet (1.28 million) in main thread and workers stay small. Paths are kept once each.
 */
export class ImageList {
  #count = 0;
  readonly #ids: string[] = [];
  readonly #paths: string[] = [];
  readonly #pathNumbers = new Map<string, number>();
  /** offset, bytes: up to 2^53. */
  #places = new Float64Array(2 * FIRST_CAPACITY);
  /** path number, width, height, label (−1: none), part (1: test). */
  #facts = new Int32Array(5 * FIRST_CAPACITY);

  static of(entries: Iterable<ManifestEntry>): ImageList {
    const list = new ImageList();
    for (const entry of entries) list.push(entry);
    return list;
  }

  get count(): number {
    return this.#count;
  }

  push(entry: ManifestEntry): void {
    const row = this.#count++;
    if (5 * this.#count > this.#facts.length) {
      this.#places = grown(this.#places, new Float64Array(2 * this.#places.length));
      this.#facts = grown(this.#facts, new Int32Array(2 * this.#facts.length));
    }
    this.#ids.push(entry.id);
    this.#places[2 * row] = entry.offset;
    this.#places[2 * row + 1] = entry.bytes;
    this.#facts[5 * row] = this.#pathNumber(entry);
    this.#facts[5 * row + 1] = entry.width;
    this.#facts[5 * row + 2] = entry.height;
    this.#facts[5 * row + 3] = entry.label ?? NO_LABEL;
    this.#facts[5 * row + 4] = entry.part === "test" ? 1 : 0;
  }

  /** The row as an object made for the call; undefined beyond the end. */
  at(row: number): ManifestEntry | undefined {
    const id = this.#ids[row];
    if (id === undefined) return undefined;
    const place = (column: number) => this.#places[2 * row + column] as number;
    const fact = (column: number) => this.#facts[5 * row + column] as number;
    return {
      id,
      path: fact(0) < 0 ? id : (this.#paths[fact(0)] as string),
      offset: place(0),
      bytes: place(1),
      width: fact(1),
      height: fact(2),
      label: fact(3) === NO_LABEL ? null : fact(3),
      part: fact(4) === 1 ? "test" : "train",
    };
  }

  *[Symbol.iterator](): Iterator<ManifestEntry> {
    for (let row = 0; row < this.#count; row++) yield this.at(row) as ManifestEntry;
  }

  /** Number of a path, or −1 for one that is the id itself, as in folders. */
  #pathNumber({ id, path }: ManifestEntry): number {
    if (path === id) return -1;
    let number = this.#pathNumbers.get(path);
    if (number === undefined) {
      number = this.#paths.push(path) - 1;
      this.#pathNumbers.set(path, number);
    }
    return number;
  }
}

function grown<T extends Float64Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

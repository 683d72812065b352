import { placesWhere, valuesAt, withRoom } from "../arrays.js";
import { DIGEST_BYTES } from "./image-digest.js";

/** What is known of an image that has been read and decoded, beside its name. */
export interface ReadImage {
  readonly width: number;
  readonly height: number;
  /** Length of what the digest is of. */
  readonly bytes: number;
  /** [16] see digestOf. */
  readonly digest: Uint8Array;
}

/** What is known of the images of a data set that have been read; rows in ascending order of the images. */
export class ReadImages {
  constructor(
    /** [rows] places in the list, ascending. */
    readonly indices: Uint32Array,
    readonly widths: Int32Array,
    readonly heights: Int32Array,
    /** [rows, 16] */
    readonly digests: Uint8Array,
  ) {}

  static readonly none = new ReadImages(
    new Uint32Array(0),
    new Int32Array(0),
    new Int32Array(0),
    new Uint8Array(0),
  );

  get count(): number {
    return this.indices.length;
  }

  /** Row of an image, or −1 for one that has not been read. */
  row(index: number): number {
    const row = this.rowFrom(index);
    return this.indices[row] === index ? row : -1;
  }

  /** The first row of an image with that index or a larger one; `count` if there is none. */
  rowFrom(index: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.indices[middle] as number) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  digest(row: number): Uint8Array {
    return this.digests.subarray(DIGEST_BYTES * row, DIGEST_BYTES * (row + 1));
  }
}

/**
 * What reading tells of images, by their index, while they are read: 32 bytes for each up to the largest index, where objects
 * take hundreds. Memory of images that are not read is never touched.
 */
export class ReadImageTable {
  #count = 0;
  #width: Int32Array;
  #height: Int32Array;
  #bytes: Float64Array;
  #digest: Uint8Array;

  /** @param rows indices that there will be, if that is known: it grows beyond */
  constructor(rows = 0) {
    this.#width = new Int32Array(rows);
    this.#height = new Int32Array(rows);
    this.#bytes = new Float64Array(rows);
    this.#digest = new Uint8Array(DIGEST_BYTES * rows);
  }

  /** Images that have been read. */
  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return (this.#width[index] ?? 0) > 0;
  }

  /** @param image null: it cannot be read (any more) */
  set(index: number, image: ReadImage | null): void {
    const was = this.has(index);
    this.#grow(index + 1);
    this.#width[index] = image?.width ?? 0;
    this.#height[index] = image?.height ?? 0;
    this.#bytes[index] = image?.bytes ?? 0;
    if (image === null) this.#digest.fill(0, DIGEST_BYTES * index, DIGEST_BYTES * (index + 1));
    else this.#digest.set(image.digest, DIGEST_BYTES * index);
    this.#count += Number(this.has(index)) - Number(was);
  }

  /** What was set of an image that has been read; its digest is a view. */
  at(index: number): ReadImage {
    return {
      width: this.#width[index] as number,
      height: this.#height[index] as number,
      bytes: this.bytes(index),
      digest: this.#digest.subarray(DIGEST_BYTES * index, DIGEST_BYTES * (index + 1)),
    };
  }

  bytes(index: number): number {
    return this.#bytes[index] as number;
  }

  /** Indices of the images that have been read, ascending. */
  indices(): Uint32Array {
    return placesWhere(this.#width, (width) => width > 0);
  }

  /** @param indices of images that have been read, ascending */
  rows(indices: Uint32Array): ReadImages {
    const digests = new Uint8Array(DIGEST_BYTES * indices.length);
    for (const [row, index] of indices.entries()) digests.set(this.at(index).digest, DIGEST_BYTES * row);
    return new ReadImages(indices, valuesAt(this.#width, indices), valuesAt(this.#height, indices), digests);
  }

  /** The columns of the first `rows` indices, zero for images that have not been read. Views: not to be written to. */
  columns(rows: number): { width: Int32Array; height: Int32Array; bytes: Float64Array; digest: Uint8Array } {
    this.#grow(rows);
    return {
      width: this.#width.subarray(0, rows),
      height: this.#height.subarray(0, rows),
      bytes: this.#bytes.subarray(0, rows),
      digest: this.#digest.subarray(0, DIGEST_BYTES * rows),
    };
  }

  #grow(rows: number): void {
    this.#width = withRoom(this.#width, rows);
    this.#height = withRoom(this.#height, rows);
    this.#bytes = withRoom(this.#bytes, rows);
    this.#digest = withRoom(this.#digest, DIGEST_BYTES * rows);
  }
}

import { DIGEST_BYTES } from "./digest.js";

/** An image that has been read and decoded: what is known of it beside its name. */
export interface ReadImage {
  /** Place in the list. */
  index: number;
  width: number;
  height: number;
  /** Length of what the digest is of. */
  bytes: number;
  /** [16] see digestOf. */
  digest: Uint8Array;
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

  static of(images: readonly ReadImage[]): ReadImages {
    const sorted = [...images].sort((a, b) => a.index - b.index);
    const digests = new Uint8Array(DIGEST_BYTES * sorted.length);
    for (const [row, { digest }] of sorted.entries()) digests.set(digest, DIGEST_BYTES * row);
    return new ReadImages(
      Uint32Array.from(sorted, ({ index }) => index),
      Int32Array.from(sorted, ({ width }) => width),
      Int32Array.from(sorted, ({ height }) => height),
      digests,
    );
  }

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

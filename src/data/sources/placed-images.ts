import type { ImageList } from "../image-list.js";
import { type Layout, layoutOf } from "../labels.js";

/** Remembers which folder each image lies in, a number an image, until all folders are known and can be read as parts and classes. */
export class Placed {
  readonly #folders = new Map<string, number>();
  #counts = new Float64Array(16);
  #rows = new Int32Array(1024);
  #count = 0;

  /** The next image. @param path of the image; what stands before the last slash is its folder */
  add(path: string): void {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    let number = this.#folders.get(folder);
    if (number === undefined) {
      number = this.#folders.size;
      this.#folders.set(folder, number);
      if (number === this.#counts.length) this.#counts = larger(this.#counts, new Float64Array(2 * number));
    }
    (this.#counts[number] as number)++;
    if (this.#count === this.#rows.length) this.#rows = larger(this.#rows, new Int32Array(2 * this.#count));
    this.#rows[this.#count++] = number;
  }

  /** Reads the folders, and sets part and, with `labels`, label of the images, which are those that were added. */
  finish(images: ImageList, labels = true): Layout {
    const layout = layoutOf([...this.#folders.keys()], this.#counts);
    for (let row = 0; row < images.count; row++) {
      const folder = this.#rows[row] as number;
      images.setPart(row, layout.parts[folder] ?? "train");
      if (labels) images.setLabel(row, layout.labels[folder] ?? null);
    }
    return layout;
  }
}

function larger<T extends Float64Array | Int32Array>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}

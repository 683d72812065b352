import { SslMemError } from "../errors.js";
import { OutOfMemory } from "./out-of-memory.js";

/**
 * A number of images at once that halves where memory runs out: for work whose results do not depend on it beyond the
 * rounding of kernels. Calls that share one find what fits once.
 */
export class ShrinkingBatch {
  #size: number;
  readonly #tell: (line: string) => void;

  /** @param size images, at least 1 @param tell hears, in a sentence, of every size that was found to be needed */
  constructor(size: number, tell: (line: string) => void = () => {}) {
    this.#size = size;
    this.#tell = tell;
  }

  /** Images that are tried next. */
  get size(): number {
    return this.#size;
  }

  /**
   * Does a piece of work on at most `size` images, on half as many when memory runs out, and so on.
   *
   * @throws SslMemError ENGINE when there is too little for one image; what else the work throws
   */
  async run<T>(work: (size: number) => Promise<T>): Promise<T> {
    const before = this.#size;
    for (;;) {
      try {
        const result = await work(this.#size);
        if (this.#size < before)
          this.#tell(
            `Memory is short: images are encoded ${this.#size} at a time from here on, not ${before}.`,
          );
        return result;
      } catch (error) {
        if (!(error instanceof OutOfMemory)) throw error;
        if (this.#size === 1) {
          const hint = "not even one image at a time fits: a smaller --image-size or --arch";
          throw new SslMemError("ENGINE", error.message, hint, { cause: error });
        }
        this.#size = Math.floor(this.#size / 2);
      }
    }
  }
}

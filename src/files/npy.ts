import { beginReplacement, type Replacement } from "./index.js";

/** Writes a float32 array in NumPy's format (NEP 1, version 1.0), piece by piece, so that it need not fit into memory. */
export class NpyWriter {
  readonly #file: Replacement;
  readonly #path: string;
  readonly #shape: readonly number[];
  #written = 0;

  private constructor(file: Replacement, path: string, shape: readonly number[]) {
    this.#file = file;
    this.#path = path;
    this.#shape = shape;
  }

  /** Begins a file for a C-ordered float32 array of this shape, or with fewer rows, under a temporary name until `close`. */
  static async create(path: string, shape: readonly number[]): Promise<NpyWriter> {
    const file = await beginReplacement(path);
    const writer = new NpyWriter(file, path, [...shape]);
    await writer.#write(npyHeader(shape));
    return writer;
  }

  /** Appends values; little-endian as every machine we run on. */
  async append(values: Float32Array): Promise<void> {
    this.#written += values.length;
    await this.#write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** All of it or an error: a bare write may take a part only. */
  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.handle.writeFile(bytes);
    } catch (error) {
      await this.#file.discard();
      throw error;
    }
  }

  async #rewriteHeader(shape: readonly number[]): Promise<void> {
    const header = npyHeader(shape, npyHeader(this.#shape).length);
    try {
      for (let done = 0; done < header.length; )
        done += (await this.#file.handle.write(header, done, header.length - done, done)).bytesWritten;
    } catch (error) {
      await this.#file.discard();
      throw error;
    }
  }

  /** Gives up; what had the name stays. Does nothing after `close`. */
  async discard(): Promise<void> {
    await this.#file.discard();
  }

  /**
   * Ends the file and gives it its name.
   *
   * @param rows length along the first axis, at most what `create` was told
   * @throws RangeError if fewer or more values came than the shape says
   */
  async close(rows = this.#shape[0] ?? 1): Promise<void> {
    const shape = [rows, ...this.#shape.slice(1)];
    const expected = shape.reduce((a, b) => a * b, 1);
    if (this.#written !== expected) {
      await this.#file.discard();
      throw new RangeError(`Expected ${expected} values for ${this.#path} but received ${this.#written}.`);
    }
    if (rows !== this.#shape[0]) await this.#rewriteHeader(shape);
    await this.#file.commit();
  }
}

/**
 * Magic, version, length and the dictionary, padded with blanks so that the data start at a multiple of 64 bytes.
 *
 * @param least bytes of the header, a multiple of 64
 */
export function npyHeader(shape: readonly number[], least = 0): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefix = 10;
  const padded = Math.max(least, Math.ceil((prefix + dictionary.length + 1) / 64) * 64) - prefix;
  const header = Buffer.alloc(prefix + padded, " ");
  header.write("\u0093NUMPY", 0, "latin1");
  header.writeUInt8(1, 6);
  header.writeUInt8(0, 7);
  header.writeUInt16LE(padded, 8);
  header.write(dictionary, prefix, "latin1");
  header.write("\n", prefix + padded - 1, "latin1");
  return header;
}

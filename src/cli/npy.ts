import { beginReplacement, type Replacement } from "../files/index.js";

/** Writes a float32 array in NumPy's format (NEP 1, version 1.0), piece by piece, so that it need not fit into memory. */
export class NpyWriter {
  readonly #file: Replacement;
  readonly #path: string;
  readonly #expected: number;
  #written = 0;

  private constructor(file: Replacement, path: string, expected: number) {
    this.#file = file;
    this.#path = path;
    this.#expected = expected;
  }

  /** Begins a file for a C-ordered float32 array of this shape, under a temporary name until `close`. */
  static async create(path: string, shape: readonly number[]): Promise<NpyWriter> {
    const file = await beginReplacement(path);
    const writer = new NpyWriter(
      file,
      path,
      shape.reduce((a, b) => a * b, 1),
    );
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

  /** Gives up; what had the name stays. Does nothing after `close`. */
  async discard(): Promise<void> {
    await this.#file.discard();
  }

  /** Ends the file and gives it its name; throws a RangeError if fewer or more values came than the shape says. */
  async close(): Promise<void> {
    if (this.#written !== this.#expected) {
      await this.#file.discard();
      throw new RangeError(
        `Expected ${this.#expected} values for ${this.#path} but received ${this.#written}.`,
      );
    }
    await this.#file.commit();
  }
}

/** Magic, version, length and the dictionary, padded with blanks so that the data start at a multiple of 64 bytes. */
export function npyHeader(shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefix = 10;
  const padded = Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix;
  const header = Buffer.alloc(prefix + padded, " ");
  header.write("\u0093NUMPY", 0, "latin1");
  header.writeUInt8(1, 6);
  header.writeUInt8(0, 7);
  header.writeUInt16LE(padded, 8);
  header.write(dictionary, prefix, "latin1");
  header.write("\n", prefix + padded - 1, "latin1");
  return header;
}

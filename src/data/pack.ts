import { open, rename, rm } from "node:fs/promises";
import { SslMemError } from "../errors.js";
import type { DecodedImage } from "./types.js";

const HEADER_BYTES = 64;

/**
 * Writes decoded images to a packed file (format: native/core/packed_images.h) under a temporary name; finish() gives it
 * its own, so that a file that exists is complete.
 */
export class PackWriter {
  readonly #index: { offset: bigint; height: number; width: number }[] = [];
  readonly #temporary: string;
  #end = BigInt(HEADER_BYTES);

  private constructor(
    readonly path: string,
    readonly file: Awaited<ReturnType<typeof open>>,
    temporary: string,
  ) {
    this.#temporary = temporary;
  }

  static async create(path: string): Promise<PackWriter> {
    const temporary = `${path}.${process.pid}.tmp`;
    return new PackWriter(path, await open(temporary, "w"), temporary);
  }

  /** Adds the next image. */
  async add(image: DecodedImage): Promise<void> {
    this.#index.push({ offset: this.#end, height: image.height, width: image.width });
    await this.file.write(image.pixels, 0, image.pixels.length, Number(this.#end));
    this.#end += BigInt(image.pixels.length);
  }

  /** Completes the file for the manifest with that hash and gives it its name. */
  async finish(manifestHash: string): Promise<void> {
    const index = Buffer.alloc(16 * this.#index.length);
    for (const [i, { offset, height, width }] of this.#index.entries()) {
      index.writeBigUInt64LE(offset, 16 * i);
      index.writeUInt32LE(height, 16 * i + 8);
      index.writeUInt32LE(width, 16 * i + 12);
    }
    // The index is aligned to 8 bytes.
    const at = (this.#end + 7n) & ~7n;
    await this.file.write(index, 0, index.length, Number(at));
    const header = Buffer.alloc(HEADER_BYTES);
    header.write("SSLMPACK", "latin1");
    header.writeUInt32LE(1, 8);
    header.writeUInt32LE(3, 12);
    header.writeBigUInt64LE(BigInt(this.#index.length), 16);
    header.writeBigUInt64LE(at, 24);
    Buffer.from(manifestHash, "hex").copy(header, 32);
    await this.file.write(header, 0, HEADER_BYTES, 0);
    await this.file.sync();
    await this.file.close();
    await rename(this.#temporary, this.path).catch((cause: unknown) => {
      throw new SslMemError(
        "DATA",
        `Expected to write the image cache ${this.path} but it failed.`,
        undefined,
        { cause },
      );
    });
  }

  /** Gives up; leaves nothing behind. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }
}

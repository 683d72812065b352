import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import sharp from "sharp";
import { withRoom } from "../arrays.js";
import { SslMemError } from "../errors.js";
import { keepFresh, openTemporary, syncFolder } from "../files/index.js";
import type { Manifest } from "./manifest.js";
import type { DecodedImage } from "./types.js";

const HEADER_BYTES = 64;
const PLACE_BYTES = 16;
/** Changes whenever the same files would become other pixels. */
const PIXELS_VERSION = 1;

/**
 * SHA-256 (hex) over what the pixels of a manifest's images are made of: the digests of their files, how these are decoded
 * and by which decoders. Equal names of packed files mean equal pixels, wherever the images come from.
 */
export function packKey({ read, facts }: Pick<Manifest, "read" | "facts">): string {
  return createHash("sha256")
    .update(JSON.stringify(["sslmem/pixels", PIXELS_VERSION, sharp.versions, facts.pixels, facts.kind]))
    .update(read.digests)
    .update(new Uint8Array(read.widths.buffer, read.widths.byteOffset, read.widths.byteLength))
    .update(new Uint8Array(read.heights.buffer, read.heights.byteOffset, read.heights.byteLength))
    .digest("hex");
}

/** Length of a packed file of so many images with so many bytes of pixels together. */
export const packBytes = (pixelBytes: number, images: number): number =>
  aligned(HEADER_BYTES + pixelBytes) + PLACE_BYTES * images;

/** The table of places is aligned to 8 bytes. */
const aligned = (end: number) => Math.ceil(end / 8) * 8;

/**
 * Writes decoded images to a packed file (format: native/core/packed_images.h) under a temporary name; finish() gives it
 * its own, so that a file that exists is complete.
 */
export class PackWriter {
  /** By manifest index; 0 for an image that is not there, since the header comes first. */
  #offset = new Float64Array();
  #height = new Int32Array();
  #width = new Int32Array();
  readonly #hash = createHash("sha256");
  #end = HEADER_BYTES;
  #count = 0;

  private constructor(
    readonly temporary: string,
    readonly file: FileHandle,
    readonly release: () => void,
  ) {}

  /** @param path beside which the temporary file is made, in a folder that exists; it is readable by its owner alone */
  static async create(path: string): Promise<PackWriter> {
    const { temporary, handle } = await openTemporary(path, 0o600);
    return new PackWriter(temporary, handle, await keepFresh(temporary).catch(() => () => {}));
  }

  /** Bytes of the file if it were completed now. */
  get bytes(): number {
    return packBytes(this.#end - HEADER_BYTES, this.#count);
  }

  has(index: number): boolean {
    return (this.#offset[index] ?? 0) > 0;
  }

  /** Adds the image of that manifest index. */
  async add(index: number, { pixels, height, width }: DecodedImage): Promise<void> {
    if (!this.has(index)) this.#count++;
    this.#offset = withRoom(this.#offset, index + 1);
    this.#height = withRoom(this.#height, index + 1);
    this.#width = withRoom(this.#width, index + 1);
    [this.#offset[index], this.#height[index], this.#width[index]] = [this.#end, height, width];
    await this.#write(pixels, this.#end);
    this.#end += pixels.length;
  }

  /**
   * Completes the file and gives it its name. Slot i is the image of indices[i]; all of them must have been added.
   *
   * @param key SHA-256 (hex) that the file carries: packKey
   * @returns SHA-256 (hex) of the file from byte 64 to its end, followed by its first 64 bytes
   */
  async finish(path: string, key: string, indices: Uint32Array): Promise<string> {
    const table = Buffer.alloc(PLACE_BYTES * indices.length);
    for (const [slot, index] of indices.entries()) {
      if (!this.has(index)) throw new SslMemError("INTERNAL", `Expected image ${index} in the pack.`);
      table.writeBigUInt64LE(BigInt(this.#offset[index] as number), PLACE_BYTES * slot);
      table.writeUInt32LE(this.#height[index] as number, PLACE_BYTES * slot + 8);
      table.writeUInt32LE(this.#width[index] as number, PLACE_BYTES * slot + 12);
    }
    const at = aligned(this.#end);
    await this.#write(new Uint8Array(at - this.#end), this.#end);
    await this.#write(table, at);
    const header = Buffer.alloc(HEADER_BYTES);
    header.write("SSLMPACK", "latin1");
    header.writeUInt32LE(1, 8);
    header.writeUInt32LE(3, 12);
    header.writeBigUInt64LE(BigInt(indices.length), 16);
    header.writeBigUInt64LE(BigInt(at), 24);
    Buffer.from(key, "hex").copy(header, 32);
    await this.#write(header, 0);
    await this.file.sync();
    await this.file.close();
    await rename(this.temporary, path);
    this.release();
    await syncFolder(dirname(path));
    return this.#hash.digest("hex");
  }

  /** Gives up; leaves nothing behind. */
  async discard(): Promise<void> {
    this.release();
    await this.file.close().catch(() => {});
    await rm(this.temporary, { force: true }).catch(() => {});
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    this.#hash.update(bytes);
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }
}

/** What finish() returned, computed from the file. Throws what the file system says. */
export async function packHash(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const hash = createHash("sha256");
    for await (const chunk of file.createReadStream({ start: HEADER_BYTES, autoClose: false }))
      hash.update(chunk as Buffer);
    const header = Buffer.alloc(HEADER_BYTES);
    await file.read(header, 0, HEADER_BYTES, 0);
    return hash.update(header).digest("hex");
  } finally {
    await file.close();
  }
}

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { SslMemError } from "../../../errors.js";
import { unreadable } from "../walk.js";

const LARGEST = 1 << 20;
const SMALLEST = 1 << 12;
/** A jump over more than this makes the next read small: contents are passed over, not read. */
const FAR = 1 << 14;

/** A file seen through a piece of it in memory: large where it is read on and on, small where most of it is jumped over. */
export class FileWindow {
  readonly size: number;
  readonly #file: number;
  #buffer = Buffer.alloc(LARGEST);
  #start = 0;
  #length = 0;
  #ask = LARGEST >> 4;

  /** Throws SslMemError DATA when it cannot be opened. */
  constructor(readonly path: string) {
    try {
      this.#file = openSync(path, "r");
      this.size = fstatSync(this.#file).size;
    } catch (error) {
      throw unreadable("file", path, error);
    }
  }

  /** The bytes [at, at + length) of the file, which has them; good until the next call. Throws SslMemError DATA. */
  bytes(at: number, length: number): Buffer {
    if (at < this.#start || at + length > this.#start + this.#length) this.#load(at, length);
    return this.#buffer.subarray(at - this.#start, at - this.#start + length);
  }

  close(): void {
    closeSync(this.#file);
  }

  #load(at: number, length: number): void {
    const jump = at - (this.#start + this.#length);
    this.#ask = jump > FAR || jump < -this.#length ? SMALLEST : Math.min(LARGEST, this.#ask * 2);
    const wanted = Math.min(this.size - at, Math.max(length, this.#ask));
    if (wanted > this.#buffer.length) this.#buffer = Buffer.alloc(wanted);
    let read = 0;
    try {
      while (read < wanted) {
        const more = readSync(this.#file, this.#buffer, read, wanted - read, at + read);
        if (more === 0) break;
        read += more;
      }
    } catch (error) {
      throw unreadable("file", this.path, error);
    }
    this.#start = at;
    this.#length = read;
    if (read < length)
      throw new SslMemError(
        "DATA",
        `Expected ${length} bytes at ${at} of ${this.path} but it was cut while it was read.`,
      );
  }
}

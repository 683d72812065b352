import { type FileHandle, open } from "node:fs/promises";
import { SslMemError } from "../../errors.js";
import { fill } from "../../files/index.js";

/** Open at the same time, at most: systems allow as few as 64 for everything a process has open. */
const MOST = 24;

interface Opened {
  readonly file: Promise<FileHandle>;
  /** Reads in progress. */
  users: number;
}

/** Files that are read again and again: opened when first needed and kept open, the longest unused closed first. */
export class Handles {
  /** Longest unused first. */
  readonly #open = new Map<string, Opened>();
  readonly #waiting: (() => void)[] = [];
  #reading = 0;

  /** `length` bytes at `offset` of a file. Throws SslMemError DATA when it ends before; what the system throws. */
  async read(path: string, offset: number, length: number): Promise<Buffer> {
    // One file a read: with no more reads than files there is always one to close.
    if (this.#reading >= MOST) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading++;
    const opened = this.#take(path);
    try {
      const file = await opened.file;
      const bytes = Buffer.allocUnsafeSlow(length);
      if ((await fill(file, bytes, offset)) < length)
        throw new SslMemError("DATA", `Expected ${length} bytes at ${offset} of ${path} but it ends before.`);
      return bytes;
    } finally {
      opened.users--;
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading--;
      else next();
    }
  }

  /** Closes all files; to be called when no read is in progress. */
  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const { file } of all) await (await file.catch(() => null))?.close();
  }

  #take(path: string): Opened {
    const known = this.#open.get(path);
    const opened = known ?? { file: open(path), users: 0 };
    opened.users++;
    this.#open.delete(path);
    this.#open.set(path, opened);
    if (known !== undefined) return opened;
    opened.file.catch(() => {
      if (this.#open.get(path) === opened) this.#open.delete(path);
    });
    if (this.#open.size > MOST) this.#closeOldest();
    return opened;
  }

  #closeOldest(): void {
    for (const [path, { file, users }] of this.#open) {
      if (users > 0) continue;
      this.#open.delete(path);
      void file.then((handle) => handle.close()).catch(() => {});
      return;
    }
  }
}

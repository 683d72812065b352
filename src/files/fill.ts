import type { FileHandle } from "node:fs/promises";

/** Systems read at most 2 GiB less some bytes at once. */
const MOST_AT_ONCE = 2 ** 30;

/**
 * Reads a file from a place on until `bytes`, of any length, are full or the file ends.
 *
 * @param position in bytes; whole, however far beyond 4 GiB
 * @returns how many bytes were read: fewer than asked for only where the file ends
 */
export async function fill(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, MOST_AT_ONCE);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

import type { FileHandle } from "node:fs/promises";

/**
 * Reads a file from a place on until `bytes` are full or the file ends: one read may give fewer than it was asked for.
 *
 * @param bytes fewer than 2 GiB, the most that one read takes @param position in bytes, however far beyond 4 GiB
 * @returns how many bytes were read: fewer than there is room for only where the file ends
 */
export async function fill(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

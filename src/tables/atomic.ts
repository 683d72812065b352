import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolders } from "../folders.js";

/**
 * Makes the file at `path` appear complete or not at all: `write` fills a temporary file beside it, which is fsynced and
 * renamed. If `write` throws, the temporary file is removed and what was at `path` stays.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await makeFolders(dirname(path));
  // Two processes may write the same file at once; each has its own name, the last one wins.
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await write(temporary);
    await sync(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await sync(dirname(path));
}

/** Forces a file, or the names in a directory, to the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

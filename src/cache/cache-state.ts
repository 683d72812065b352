import { stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { tryToWrite } from "./cache-folder.js";
import { cacheContents } from "./clean-cache.js";
import { imagesFolder } from "./image-cache.js";

/** The cache of data sets as a run would find it. */
export interface CacheState {
  /** Of the decoded images; may not be there yet. */
  readonly folder: string;
  readonly imageBytes: number;
  readonly listingBytes: number;
  /** Of its disk, for this user; null where the system does not say. */
  readonly freeBytes: number | null;
  /** Why nothing can be kept there, as the system has it ("EROFS"); null where it can. */
  readonly fault: string | null;
}

/** Looks at the cache and tries to write to its disk; makes no folder and leaves nothing behind. Never throws. */
export async function cacheState(env: NodeJS.ProcessEnv = process.env): Promise<CacheState> {
  const folder = imagesFolder(env);
  const { bytes, listings } = await cacheContents(env);
  const there = await nearest(resolve(folder));
  const fault = await tryToWrite(there);
  const disk = await statfs(there).catch(() => null);
  return {
    folder,
    imageBytes: bytes - listings.bytes,
    listingBytes: listings.bytes,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
    fault: fault === null ? null : ((fault as NodeJS.ErrnoException).code ?? String(fault)),
  };
}

/** The folder itself, or the nearest above it that is there: the folders between are made when they are needed. */
async function nearest(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || folder === dirname(folder) ? folder : nearest(dirname(folder));
}

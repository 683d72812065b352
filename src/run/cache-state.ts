import { rm, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { openTemporary } from "../files/index.js";
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
  const disk = await statfs(there).catch(() => null);
  return {
    folder,
    imageBytes: bytes - listings.bytes,
    listingBytes: listings.bytes,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
    fault: await tryToWrite(there),
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

/** access() says yes to root on a read-only file system; making a file is the proof. */
async function tryToWrite(folder: string): Promise<string | null> {
  try {
    const { temporary, handle } = await openTemporary(`${folder}/probe`);
    await handle.close();
    await rm(temporary, { force: true });
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

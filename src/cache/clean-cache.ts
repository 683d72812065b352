import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { namesIn } from "../files/folders.js";
import { clearLeavings } from "../files/index.js";
import {
  type CachedImages,
  cachedImages,
  dropCached,
  dropUnlessHeld,
  imagesFolder,
  listingsFolder,
} from "./image-cache.js";
import { isHeld } from "./pack-use.js";

/** What the cache holds of data sets; engines and wheels, which set-up put there, are not counted. */
export interface CacheContents {
  readonly folder: string;
  /** Decoded images, those used last first. */
  readonly images: readonly CachedImages[];
  /** Lists of data sets and what is known of their images. */
  readonly listings: { readonly files: number; readonly bytes: number };
  readonly bytes: number;
}

/** Looks at the cache. A cache that is not there is empty. */
export async function cacheContents(env: NodeJS.ProcessEnv = process.env): Promise<CacheContents> {
  const images = await cachedImages(imagesFolder(env));
  const listings = { files: 0, bytes: 0 };
  for (const path of await filesOf(listingsFolder(env))) {
    listings.files += 1;
    listings.bytes += (await stat(path).catch(() => null))?.size ?? 0;
  }
  const bytes = images.reduce((sum, cached) => sum + cached.bytes, listings.bytes);
  return { folder: imagesFolder(env), images, listings, bytes };
}

/**
 * Deletes decoded images that no run has used for that many days, and, with 0 days, all of them and the lists, too. Runs stay as
 * they are: what they need is decoded again. Decoded images that a process of another machine may have mapped stay.
 * Returns what was deleted and what stayed for that reason. Throws what the file system says.
 *
 * @param days at least 0 @param isForced those are deleted, too
 */
export async function cleanCache(
  days: number,
  isForced = false,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ images: CachedImages[]; held: CachedImages[]; bytes: number }> {
  const { images: all, listings } = await cacheContents(env);
  const before = Date.now() - days * 24 * 60 * 60_000;
  const unused = all.filter(({ used }) => used.getTime() <= before);
  const images = unused.filter((cached) => isForced || !isHeld(cached));
  const held = unused.filter((cached) => !images.includes(cached));
  for (const cached of images) {
    if (isForced) await dropCached(cached);
    else await dropUnlessHeld(cached);
  }
  let bytes = images.reduce((sum, cached) => sum + cached.bytes, 0);
  for (const folder of [imagesFolder(env), listingsFolder(env)]) await clearLeavings(folder);
  // Earlier versions left listings that were not finished, under names that do not say whose they were.
  for (const name of await namesIn(imagesFolder(env)))
    if (/^listing-\d+/.test(name)) await rm(join(imagesFolder(env), name), { force: true });
  if (days === 0) {
    for (const path of await filesOf(listingsFolder(env))) await rm(path, { force: true });
    bytes += listings.bytes;
  }
  return { images, held, bytes };
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  return names.filter((name) => /\.(listing|known)$/.test(name)).map((name) => join(folder, name));
}

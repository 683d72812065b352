import { chmod, readdir, readFile, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { cacheRoot } from "../config/machine.js";
import { PackWriter, packHash, stampOf } from "../data/index.js";
import { clearLeavings, otherThanFile, writeWhole } from "../files/index.js";
import { makeFolders } from "../folders.js";

/** Of the disk that holds the cache, packed images take at most this share of what is free. */
const FREE_SHARE = 0.25;

/** What lies beside a packed file: what it holds, when it was used last, and its state when it was written. */
const entrySchema = z.object({
  schema: z.literal("sslmem/pack@1"),
  data: z.string(),
  images: z.number(),
  bytes: z.number(),
  used: z.string(),
  sha256: z.string(),
  stamp: z.object({
    path: z.string(),
    size: z.number(),
    modified: z.string(),
    changed: z.string(),
    inode: z.string(),
  }),
});

/** A set of decoded images in the cache. */
export interface CachedImages {
  readonly path: string;
  /** The data set that they were decoded from, as it was given then. */
  readonly data: string;
  readonly images: number;
  /** Of the packed file. */
  readonly bytes: number;
  /** When a run last used them. */
  readonly used: Date;
}

/** Where decoded images are kept. */
export const imagesFolder = (env: NodeJS.ProcessEnv = process.env): string => join(cacheRoot(env), "images");
/** Where listings of data sets are kept, and what is known of their images. */
export const listingsFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(cacheRoot(env), "listings");

/** Makes a folder of the cache that only its owner can look into. Throws what the file system says. */
export async function privateFolder(path: string): Promise<void> {
  await makeFolders(path);
  await chmod(path, 0o700);
}

/** The decoded images that are in the cache, those used last first. */
export async function cachedImages(folder = imagesFolder()): Promise<CachedImages[]> {
  const found: CachedImages[] = [];
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    if (!name.endsWith(".pack")) continue;
    const path = join(folder, name);
    const file = await stat(path).catch(() => null);
    if (file === null) continue;
    const entry = await readEntry(path);
    const { data = "unknown (of an earlier version)", images = 0 } = entry ?? {};
    found.push({ path, data, images, bytes: file.size, used: entry ? new Date(entry.used) : file.mtime });
  }
  return found.sort((a, b) => b.used.getTime() - a.used.getTime());
}

/** Deletes one set of decoded images. */
export async function dropCached({ path }: Pick<CachedImages, "path">): Promise<void> {
  await rm(path, { force: true });
  await rm(besideOf(path), { force: true });
}

/**
 * The packed file of that key if it is there as it was written; a damaged one is deleted. Marks it as used now.
 * Never throws: a cache is no reason for a failure.
 */
export async function usableImages(key: string, folder = imagesFolder()): Promise<string | null> {
  const path = join(folder, `${key}.pack`);
  try {
    const entry = await readEntry(path);
    const now = await stampOf(path);
    if (entry === null || now === null) return null;
    const isSame = (["size", "modified", "changed", "inode"] as const).every(
      (k) => now[k] === entry.stamp[k],
    );
    if (!isSame && (await packHash(path)) !== entry.sha256) {
      await dropCached({ path });
      return null;
    }
    await writeEntry(path, { ...entry, used: new Date().toISOString(), stamp: now }).catch(() => {});
    return path;
  } catch {
    return null;
  }
}

/** Bytes that all decoded images together may take now. Throws what the file system says. */
export async function roomFor(limitBytes: number, folder = imagesFolder()): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.min(limitBytes, bavail * bsize * FREE_SHARE);
}

/** Opens a new packed file in the cache, after clearing what was left behind there. Throws what the file system says. */
export async function beginImages(folder = imagesFolder()): Promise<PackWriter> {
  await privateFolder(folder);
  await clearLeavings(folder);
  return PackWriter.create(join(folder, "images.pack"));
}

/**
 * Completes a packed file under its key, then deletes those that were not used for longest until all fit the limit.
 * Throws what the file system says.
 */
export async function keepImages(
  writer: PackWriter,
  key: string,
  { data, indices, limitBytes }: { data: string; indices: Uint32Array; limitBytes: number },
  folder = imagesFolder(),
): Promise<string> {
  const path = join(folder, `${key}.pack`);
  const sha256 = await writer.finish(path, key, indices);
  const stamp = await stampOf(path);
  if (stamp === null) throw new Error(`${path} is not there any more`);
  await writeEntry(path, {
    ...{ schema: "sslmem/pack@1", data, images: indices.length, bytes: stamp.size, sha256, stamp },
    used: new Date().toISOString(),
  });
  await evict(limitBytes, path, folder);
  return path;
}

async function evict(limitBytes: number, keep: string, folder: string): Promise<void> {
  let bytes = 0;
  for (const cached of await cachedImages(folder)) {
    bytes += cached.bytes;
    if (bytes > limitBytes && cached.path !== keep) await dropCached(cached).catch(() => {});
  }
}

const besideOf = (path: string) => path.replace(/\.pack$/, ".json");

type Entry = z.infer<typeof entrySchema>;

async function readEntry(path: string): Promise<Entry | null> {
  try {
    if ((await otherThanFile(besideOf(path))) !== null) return null;
    const text = await readFile(besideOf(path), "utf8");
    const entry = entrySchema.safeParse(JSON.parse(text));
    return entry.success ? entry.data : null;
  } catch {
    return null;
  }
}

async function writeEntry(path: string, entry: Entry): Promise<void> {
  await writeWhole(besideOf(path), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

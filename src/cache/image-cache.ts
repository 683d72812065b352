import { readdir, readFile, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { PackWriter, packHash, stampOf } from "../data/index.js";
import { namesIn } from "../files/folders.js";
import { isTemporary, otherThanFile, writeWhole } from "../files/index.js";
import { isTrusted, openCacheFolder } from "./cache-folder.js";
import { cacheRoot } from "./cache-root.js";
import { isHeld, markUse, type Use, useOf } from "./pack-use.js";

/** Of the disk that holds the cache, packed images take at most this share of what is free. */
const FREE_SHARE = 0.25;

/** What lies beside a packed file: what it holds, and its state when it was written. When it was used: pack-use.ts. */
const entrySchema = z.object({
  schema: z.literal("sslmem/pack@1"),
  data: z.string(),
  images: z.number(),
  bytes: z.number(),
  sha256: z.string(),
  stamp: z.object({
    path: z.string(),
    size: z.number(),
    modified: z.string(),
    changed: z.string(),
    inode: z.string(),
  }),
});

/** A set of decoded images in the cache, and when it was used. */
export interface CachedImages extends Use {
  readonly path: string;
  /** The data set that they were decoded from, as it was given then. */
  readonly data: string;
  readonly images: number;
  /** Of the packed file. */
  readonly bytes: number;
}

/** Where decoded images are kept. */
export const imagesFolder = (env: NodeJS.ProcessEnv = process.env): string => join(cacheRoot(env), "images");
/** Where listings of data sets are kept, and what is known of their images. */
export const listingsFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(cacheRoot(env), "listings");

/** The decoded images that are in the cache, those used last first. */
export async function cachedImages(folder = imagesFolder()): Promise<CachedImages[]> {
  const found: CachedImages[] = [];
  const names = await namesIn(folder);
  for (const name of names) {
    if (!name.endsWith(".pack")) continue;
    const path = join(folder, name);
    const file = await stat(path).catch(() => null);
    if (file === null) continue;
    const { data = "unknown (of an earlier version)", images = 0 } = (await readEntry(path)) ?? {};
    found.push({ path, data, images, bytes: file.size, ...(await useOf(path, names, file.mtime)) });
  }
  return found.sort((a, b) => b.used.getTime() - a.used.getTime());
}

/** Deletes decoded images unless another machine has marked them meanwhile; whether it did. Throws what the file system says. */
export async function dropUnlessHeld(cached: Pick<CachedImages, "path">): Promise<boolean> {
  const { path } = cached;
  const names = await namesIn(dirname(path));
  const file = await stat(path).catch(() => null);
  if (file !== null && isHeld(await useOf(path, names, file.mtime))) return false;
  await dropCached(cached);
  return true;
}

/** Deletes one set of decoded images, and what lies beside it. */
export async function dropCached({ path }: Pick<CachedImages, "path">): Promise<void> {
  await rm(path, { force: true });
  const key = `${basename(path, ".pack")}.`;
  for (const name of await namesIn(dirname(path)))
    if (name.startsWith(key)) await rm(join(dirname(path), name), { force: true });
}

/**
 * The packed file of that key if it is there as it was written; a damaged one is deleted. Marks it as used from now on.
 * Never throws: a cache is no reason for a failure.
 */
export async function usableImages(key: string, folder = imagesFolder()): Promise<string | null> {
  const path = join(folder, `${key}.pack`);
  try {
    const entry = await readEntry(path);
    if (entry === null) return null;
    const { isReadOnly } = await openCacheFolder(folder);
    if (isReadOnly && !(await areTrusted(path, besideOf(path)))) return null;
    if (!isReadOnly) await markUse(path);
    const now = await stampOf(path);
    if (now === null) return null;
    const isSame = (["size", "modified", "changed", "inode"] as const).every(
      (k) => now[k] === entry.stamp[k],
    );
    if (isSame) return path;
    const isWhole = (await packHash(path)) === entry.sha256;
    if (isReadOnly) return isWhole ? path : null;
    if (isWhole) await writeEntry(path, { ...entry, stamp: now }).catch(() => {});
    else await dropCached({ path });
    return isWhole ? path : null;
  } catch {
    return null;
  }
}

async function areTrusted(...paths: string[]): Promise<boolean> {
  return (await Promise.all(paths.map((path) => stat(path)))).every(isTrusted);
}

/**
 * Makes room for a packed file: of those that were not used for longest as many are deleted as have to be, so that all
 * together, what other processes are writing included, stay within the limit. Those that another machine may have mapped
 * stay. Where that is not enough, nothing is deleted. Throws what the file system says.
 *
 * @param needed bytes that the new file is to have @param limitBytes that all may take together
 * @param own what there is of the new file
 * @returns bytes that it may have at most; fewer than needed where it cannot have them
 */
export async function roomFor(
  needed: number,
  limitBytes: number,
  own: Pick<PackWriter, "temporary" | "bytes"> | null,
  folder = imagesFolder(),
): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  const share = (bavail * bsize + (own?.bytes ?? 0)) * FREE_SHARE;
  let taken = await bytesIn(folder, own === null ? null : basename(own.temporary));
  const room = () => Math.max(0, Math.min(share, limitBytes - taken));
  const deletable = (await cachedImages(folder)).filter((cached) => !isHeld(cached)).reverse();
  const most = limitBytes - taken + deletable.reduce((sum, { bytes }) => sum + bytes, 0);
  if (needed > Math.min(share, most)) return Math.max(0, Math.min(share, most));
  for (const cached of deletable) {
    if (needed <= room()) break;
    if (await dropUnlessHeld(cached)) taken -= cached.bytes;
  }
  return room();
}

/** Of all packed files in a folder, those that are being written included. */
async function bytesIn(folder: string, except: string | null): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder))
    if (name !== except && (name.endsWith(".pack") || isTemporary(name)))
      bytes += (await stat(join(folder, name)).catch(() => null))?.size ?? 0;
  return bytes;
}

/** Opens a new packed file in the cache, whose folder must be there. Throws what the file system says. */
export function beginImages(folder = imagesFolder()): Promise<PackWriter> {
  return PackWriter.create(join(folder, "images.pack"));
}

/**
 * Completes a packed file under its key, and returns its path. Where another process has been quicker its file is taken, and
 * this one discarded: it may be mapped already. Throws what the file system says.
 */
export async function keepImages(
  writer: PackWriter,
  key: string,
  { data, indices }: { data: string; indices: Uint32Array },
  folder = imagesFolder(),
): Promise<string> {
  const there = await usableImages(key, folder);
  if (there !== null) {
    await writer.discard();
    return there;
  }
  const path = join(folder, `${key}.pack`);
  const sha256 = await writer.finish(path, key, indices);
  const stamp = await stampOf(path);
  if (stamp === null) throw new Error(`${path} is not there any more`);
  await writeEntry(path, {
    schema: "sslmem/pack@1",
    data,
    images: indices.length,
    bytes: stamp.size,
    sha256,
    stamp,
  });
  await markUse(path);
  return path;
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

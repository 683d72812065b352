import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { z } from "zod";
import { readColumns, typedColumns, writeColumns } from "./columns-file.js";
import { ImageList } from "./image-list.js";
import type { PixelRules } from "./manifest.js";
import { areSettled, stillAre } from "./stamp.js";
import { takenSchema } from "./taken.js";
import type { Listing, ListOptions, Source, SourceOptions, Stamp } from "./types.js";

/** Changes whenever another version would list the same files otherwise. */
const VERSION = 1;

const factsSchema = z.object({
  paths: z.array(z.string()),
  labelNames: z.array(z.string()).nullable(),
  outlierIds: z.array(z.string()).nullable(),
  taken: takenSchema,
  stamps: z.array(
    z.object({
      path: z.string(),
      size: z.number(),
      modified: z.string(),
      changed: z.string(),
      inode: z.string(),
    }),
  ),
});

/** Files in which what is known of one data set is kept, in `folder`. */
export interface ListingFiles {
  readonly listing: string;
  /** What its images were when they were read: see known-images.ts. */
  readonly known: string;
}

/**
 * Names of these files for a data set: by the path that it is given by, its kind and how it is listed. What is
 * known of images goes by how they become pixels, too. Links in the path are not resolved: a tar file's name is part of its images' ids and places, and another name may lie in another folder.
 */
export function listingFiles(
  folder: string,
  data: string,
  kind: string,
  { sampleImage }: SourceOptions,
  pixels: PixelRules,
): ListingFiles {
  const path = data.startsWith("synthetic:") ? data : resolve(data);
  const key = createHash("sha256")
    .update(JSON.stringify([VERSION, path, kind, sampleImage]))
    .digest("hex")
    .slice(0, 32);
  const how = createHash("sha256").update(JSON.stringify(pixels)).digest("hex").slice(0, 8);
  return { listing: join(folder, `${key}.listing`), known: join(folder, `${key}-${how}.known`) };
}

/**
 * Lists a data set, or takes the listing that was kept if all that it was read from is as it was. A new one is kept unless
 * its files have just changed: a further change might not show in their times.
 *
 * @param path of the kept listing; null keeps none
 * @param onFault hears why a listing cannot be kept; null: a new one is not kept
 * @throws as Source.list
 */
export async function listed(
  source: Source,
  path: string | null,
  options: ListOptions = {},
  onFault: ((error: unknown) => void) | null = () => {},
): Promise<Listing> {
  const kept = path === null ? null : await readListing(path);
  if (kept?.stamps && (await stillAre(kept.stamps))) return kept;
  const listing = await source.list(options);
  if (path !== null && onFault !== null && listing.stamps !== null && areSettled(listing.stamps))
    await writeListing(path, listing, listing.stamps).catch(onFault);
  return listing;
}

async function writeListing(path: string, listing: Listing, stamps: readonly Stamp[]): Promise<void> {
  const { images, labelNames, outlierIds, taken } = listing;
  const { paths, ...columns } = images.columns;
  await writeColumns(path, {
    facts: { paths, labelNames, outlierIds, taken, stamps },
    columns,
  });
}

async function readListing(path: string): Promise<Listing | null> {
  const file = await readColumns(path);
  if (file === null) return null;
  const facts = factsSchema.safeParse(file.facts);
  const columns = typedColumns(file, COLUMNS);
  if (!facts.success || columns === null) return null;
  const { paths, labelNames, outlierIds, taken, stamps } = facts.data;
  return { images: ImageList.from({ ...columns, paths }), labelNames, outlierIds, taken, stamps };
}

const COLUMNS = {
  text: Uint8Array,
  ends: Float64Array,
  offset: Float64Array,
  bytes: Float64Array,
  path: Int32Array,
  label: Int32Array,
  part: Uint8Array,
};

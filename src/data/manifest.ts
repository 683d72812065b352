import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { SslMemError } from "../errors.js";
import { hexOf } from "./image-digest.js";
import { type ImageColumns, ImageList } from "./image-list.js";
import { readManifestFile, writeManifestFile } from "./manifest-file.js";
import { ReadImages, type ReadImageTable } from "./read-images.js";
import { stampOf, stillAre } from "./stamp.js";
import { type Listing, ORIENTATIONS, type SourceEntry, type Stamp } from "./types.js";

/** A file that could not be read, and why. */
export interface SkippedFile {
  id: string;
  reason: string;
}

/** One image. */
export interface ManifestEntry extends SourceEntry {
  /** Pixels; 0 for an image that has not been read, since nothing uses it. */
  width: number;
  height: number;
  /** 32 hexadecimal digits (see digestOf); null for an image that has not been read. */
  digest: string | null;
}

/** How files become pixels, beyond decoding. */
const pixelRules = z.object({
  orientation: z.enum(ORIENTATIONS),
  /** Shorter side that larger images are reduced to, pixels; null: as they are. */
  shorterSide: z.number().int().positive().nullable(),
});
export type PixelRules = z.infer<typeof pixelRules>;

/** Pixels as torchvision's default loader has them. */
export const PLAIN_PIXELS: PixelRules = { orientation: "stored", shorterSide: null };

/** What a manifest says of its images as a whole. */
const manifestFacts = z.object({
  kind: z.string(),
  /** What openSource takes. */
  spec: z.string(),
  labelNames: z.array(z.string()).nullable(),
  outlierIds: z.array(z.string()).nullable(),
  /** Images that were wanted and could not be read. */
  skipped: z.array(z.object({ id: z.string(), reason: z.string() })),
  pixels: pixelRules,
});
export type ManifestFacts = z.infer<typeof manifestFacts>;

/** A manifest as it goes to another thread: structured data. */
export interface ManifestData {
  readonly columns: ImageColumns;
  readonly read: Pick<ReadImages, "indices" | "widths" | "heights" | "digests">;
  readonly facts: ManifestFacts;
  readonly hash: string;
}

/**
 * The images of a data set in a fixed order; the place in it is an image's index everywhere else. Those that are used have
 * been read once: their sizes and digests are known.
 */
export class Manifest {
  /** @param hash SHA-256 (hex) over every row, the digests and how pixels are made: names a data set and its order */
  private constructor(
    readonly images: ImageList,
    readonly read: ReadImages,
    readonly facts: ManifestFacts,
    readonly hash: string,
  ) {}

  static make(images: ImageList, read: ReadImages, facts: ManifestFacts): Manifest {
    return new Manifest(images, read, facts, hashOf(images, read, facts));
  }

  /** The manifest of a listing whose used images (ascending) have been read, which gives the list their sizes. */
  static ofListing(
    source: { kind: string; spec: string },
    { images, labelNames, outlierIds }: Pick<Listing, "images" | "labelNames" | "outlierIds">,
    { read, used }: { readonly read: ReadImageTable; readonly used: Uint32Array },
    skipped: readonly SkippedFile[],
    pixels: PixelRules,
  ): Manifest {
    for (const index of used) images.setBytes(index, read.bytes(index));
    return Manifest.make(images, read.rows(used), {
      kind: source.kind,
      spec: source.spec,
      labelNames: labelNames === null ? null : [...labelNames],
      outlierIds: outlierIds === null ? null : [...outlierIds],
      skipped: [...skipped],
      pixels,
    });
  }

  /** A manifest that another thread gave with data(). */
  static from({ columns, read, facts, hash }: ManifestData): Manifest {
    const known = new ReadImages(read.indices, read.widths, read.heights, read.digests);
    return new Manifest(ImageList.from(columns), known, facts, hash);
  }

  /** What Manifest.from takes, in memory that threads share. */
  data(): ManifestData {
    const { columns } = this.images;
    const { indices, widths, heights, digests } = this.read;
    return {
      columns: {
        ...columns,
        text: shared(columns.text),
        ends: shared(columns.ends),
        offset: shared(columns.offset),
        bytes: shared(columns.bytes),
        path: shared(columns.path),
        label: shared(columns.label),
        part: shared(columns.part),
      },
      read: {
        indices: shared(indices),
        widths: shared(widths),
        heights: shared(heights),
        digests: shared(digests),
      },
      facts: this.facts,
      hash: this.hash,
    };
  }

  get count(): number {
    return this.images.count;
  }

  get labelNames(): readonly string[] | null {
    return this.facts.labelNames;
  }

  /** Indices of the images that have been read, ascending: those that a run without a split uses. */
  get used(): Uint32Array {
    return this.read.indices;
  }

  /** The image of that index. Throws SslMemError INTERNAL when there is none. */
  entry(index: number): ManifestEntry {
    const row = this.read.row(index);
    return {
      ...this.images.at(index),
      width: row < 0 ? 0 : (this.read.widths[row] as number),
      height: row < 0 ? 0 : (this.read.heights[row] as number),
      digest: row < 0 ? null : hexOf(this.read.digest(row)),
    };
  }

  /** Writes manifest.parquet. */
  async write(path: string): Promise<void> {
    await writeManifestFile(path, this);
    await remember(path, this);
  }

  /**
   * Reads manifest.parquet, and compares it with its hash; the one that this process has just written or read is not read again
   * as long as its file stays as it is. Throws SslMemError DATA when it is missing, malformed or altered.
   */
  static async read(path: string): Promise<Manifest> {
    const known = await recall(path);
    if (known !== null) return known;
    const { images, read, facts: text, hash } = await readManifestFile(path);
    const facts = manifestFacts.safeParse(parsed(text));
    const manifest = facts.success ? new Manifest(images, read, facts.data, hash) : null;
    if (manifest === null || hashOf(images, read, manifest.facts) !== hash)
      throw new SslMemError(
        "DATA",
        `Expected the manifest ${path} as it was written but its rows differ from its hash.`,
        "another --run directory, or --force to list the images again",
      );
    await remember(path, manifest);
    return manifest;
  }
}

/** The manifest that was used last: steps and report of a run ask for the same one, which may have a million rows. */
let last: { stamp: Stamp; manifest: Manifest } | null = null;

async function remember(path: string, manifest: Manifest): Promise<void> {
  const stamp = await stampOf(resolve(path));
  last = stamp === null ? null : { stamp, manifest };
}

async function recall(path: string): Promise<Manifest | null> {
  if (last?.stamp.path !== resolve(path)) return null;
  return (await stillAre([last.stamp])) ? last.manifest : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function hashOf(images: ImageList, read: ReadImages, facts: ManifestFacts): string {
  const hash = createHash("sha256").update("sslmem/manifest@2\n");
  const { paths, ...columns } = images.columns;
  // Folders keep their listing when an unread file changes in place: its size is then no part of what the data set is.
  const bytes = facts.kind === "folder" ? sizesOfRead(columns.bytes, read) : columns.bytes;
  for (const column of Object.values({ ...columns, bytes })) hash.update(bytesOf(column));
  for (const column of [read.indices, read.widths, read.heights, read.digests]) hash.update(bytesOf(column));
  const { labelNames, pixels } = facts;
  return hash.update(JSON.stringify({ paths, labelNames, pixels })).digest("hex");
}

function sizesOfRead(bytes: Float64Array, { indices }: ReadImages): Float64Array {
  const sizes = new Float64Array(bytes.length);
  for (const index of indices) sizes[index] = bytes[index] as number;
  return sizes;
}

type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

const bytesOf = ({ buffer, byteOffset, byteLength }: Column) =>
  new Uint8Array(buffer, byteOffset, byteLength);

function shared<T extends Column>(column: T): T {
  if (column.buffer instanceof SharedArrayBuffer) return column;
  const buffer = new SharedArrayBuffer(column.byteLength);
  new Uint8Array(buffer).set(bytesOf(column));
  return new (column.constructor as new (buffer: SharedArrayBuffer) => T)(buffer);
}

import { createHash } from "node:crypto";
import { SslMemError } from "../errors.js";
import {
  type Cell,
  type ColumnType,
  computedColumn,
  readMetadata,
  scanParquet,
  writeParquet,
} from "../tables/index.js";
import { ImageList } from "./image-list.js";
import { reasonOf } from "./listed.js";
import type { DataPart, DecodedImage, Source, SourceEntry } from "./types.js";

const SCHEMA = "sslmem/manifest@1";

/** A file that could not be read, and why. */
export interface SkippedFile {
  id: string;
  reason: string;
}

/** One readable image. */
export interface ManifestEntry extends SourceEntry {
  width: number;
  height: number;
}

interface Facts {
  kind: string;
  spec: string;
  labelNames: string[] | null;
  outlierIds: string[] | null;
  skipped: SkippedFile[];
}

type Columns = [string[], string[], number[], number[], number[], number[], (number | null)[], DataPart[]];

/** The readable images of a data set, in a fixed order; the place in it is an image's index everywhere else. */
export class Manifest {
  /** SHA-256 (hex) over every row: names a data set and its order. */
  readonly hash: string;
  readonly #images: ImageList;

  constructor(
    images: Iterable<ManifestEntry>,
    readonly facts: Facts,
  ) {
    this.#images = images instanceof ImageList ? images : ImageList.of(images);
    const digest = createHash("sha256");
    for (const e of this.#images) {
      digest.update(
        `${JSON.stringify([e.id, e.path, e.offset, e.bytes, e.width, e.height, e.label, e.part])}\n`,
      );
    }
    this.hash = digest.digest("hex");
  }

  get count(): number {
    return this.#images.count;
  }

  /** All images, as objects made for the call; entry() is for single ones. */
  get entries(): ManifestEntry[] {
    return Array.from({ length: this.count }, (_, index) => this.entry(index));
  }

  /** The image of that index. Throws SslMemError INTERNAL when there is none. */
  entry(index: number): ManifestEntry {
    const entry = this.#images.at(index);
    if (entry === undefined)
      throw new SslMemError("INTERNAL", `Expected an index below ${this.count} but received ${index}.`);
    return entry;
  }

  /** Writes manifest.parquet. */
  async write(path: string): Promise<void> {
    const all = <T extends Cell>(type: ColumnType, value: (entry: ManifestEntry) => T) =>
      computedColumn(type, this.count, (row) => value(this.entry(row)));
    await writeParquet(
      path,
      {
        index: computedColumn("i64", this.count, (row) => row),
        id: all("string", (entry) => entry.id),
        path: all("string", (entry) => entry.path),
        offset: all("i64", (entry) => entry.offset),
        bytes: all("i64", (entry) => entry.bytes),
        width: all("i32", (entry) => entry.width),
        height: all("i32", (entry) => entry.height),
        label: all("i32", (entry) => entry.label),
        part: all("string", (entry) => entry.part),
      },
      { schema: SCHEMA, hash: this.hash, facts: JSON.stringify(this.facts) },
    );
  }

  /** Reads manifest.parquet. Throws SslMemError DATA when it is missing, malformed or altered. */
  static async read(path: string): Promise<Manifest> {
    const metadata = await readMetadata(path);
    if (metadata.schema !== SCHEMA) {
      throw new SslMemError(
        "DATA",
        `Expected a manifest (${SCHEMA}) at ${path} but it is ${metadata.schema ?? "another table"}.`,
      );
    }
    const images = new ImageList();
    const columns = ["id", "path", "offset", "bytes", "width", "height", "label", "part"];
    await scanParquet(path, columns, ({ rows, cells }) => {
      const [id, path, offset, bytes, width, height, label, part] = cells as unknown as Columns;
      for (let row = 0; row < rows; row++) {
        images.push({
          id: id[row] as string,
          path: path[row] as string,
          offset: offset[row] as number,
          bytes: bytes[row] as number,
          width: width[row] as number,
          height: height[row] as number,
          label: label[row] as number | null,
          part: part[row] as DataPart,
        });
      }
    });
    const manifest = new Manifest(images, JSON.parse(metadata.facts ?? "{}") as Facts);
    if (manifest.hash !== metadata.hash)
      throw new SslMemError(
        "DATA",
        `Expected the manifest ${path} as it was written but its rows differ from its hash.`,
      );
    return manifest;
  }
}

export interface BuildOptions {
  /** Throw at the first unreadable image instead of skipping it. */
  strict?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
  /** Receives every readable image, in order. */
  onImage?: (image: DecodedImage) => Promise<void>;
}

const IN_FLIGHT = 8;

/**
 * Lists a data set and decodes every image once, so that unreadable ones are known (skipped, with the reason).
 *
 * @throws SslMemError DATA when no image is readable, or with `strict` at the first that is not; the signal's reason
 */
export async function buildManifest(source: Source, options: BuildOptions = {}): Promise<Manifest> {
  const listed = await source.entries();
  const images = new ImageList();
  const skipped: SkippedFile[] = [];
  const decode = (entry: SourceEntry) => source.read(entry).catch((error: unknown) => error as Error);
  const pending: Promise<DecodedImage | Error>[] = [];
  for (const [i, entry] of listed.entries()) {
    options.signal?.throwIfAborted();
    while (pending.length < IN_FLIGHT && i + pending.length < listed.length) {
      pending.push(decode(listed[i + pending.length] as SourceEntry));
    }
    const image = (await pending.shift()) as DecodedImage | Error;
    if (image instanceof Error) {
      const reason = reasonOf(image);
      if (options.strict)
        throw new SslMemError("DATA", `Expected a readable image but ${entry.id} is not: ${reason}.`);
      skipped.push({ id: entry.id, reason });
    } else {
      images.push({ ...entry, width: image.width, height: image.height });
      await options.onImage?.(image);
    }
    options.onProgress?.(i + 1, listed.length);
  }
  if (images.count === 0) {
    throw new SslMemError(
      "DATA",
      `Expected readable images in ${source.spec} but none of ${listed.length} is: ${skipped[0]?.reason}.`,
    );
  }
  const { kind, spec, labelNames, outlierIds } = source;
  return new Manifest(images, { kind, spec, labelNames, outlierIds, skipped });
}

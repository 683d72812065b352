import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { SslMemError } from "../../errors.js";
import { naturalOrder } from "../labels.js";
import type { DataPart, DecodedImage, Source, SourceEntry } from "../types.js";

/** How the images of a file with fixed-size records lie in it. */
export interface RecordFile {
  file: string;
  part: DataPart;
  /** Bytes before the first record. */
  header: number;
  /** Bytes of a record, and where in it the pixels begin. */
  stride: number;
  pixels: number;
  width: number;
  height: number;
  channels: 1 | 3;
  count: number;
  /** Planes: "planar" rows first (CIFAR), "columns" columns first (STL-10). */
  order: "planar" | "columns";
  labels: (n: number) => number | null;
}

/** Names of the files in a folder, or none if it is not one. */
export async function filesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [] as string[])).sort(naturalOrder);
}

/** A file's bytes, unpacked if its name ends in .gz. */
export async function bytesOf(directory: string, file: string): Promise<Buffer> {
  const bytes = await readFile(join(directory, file));
  return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** A source of binary files with records of one size. Ids are `<file>#<n>`, offsets the record's number. */
export class RecordSource implements Source {
  readonly outlierIds = null;
  readonly #unpacked = new Map<string, Promise<Buffer>>();

  constructor(
    readonly kind: string,
    readonly spec: string,
    readonly labelNames: string[] | null,
    readonly files: readonly RecordFile[],
  ) {}

  async entries(): Promise<SourceEntry[]> {
    const entries = this.files.flatMap((file) =>
      Array.from({ length: file.count }, (_, n) => {
        const bytes = file.width * file.height * file.channels;
        return {
          id: `${file.file}#${n}`,
          path: file.file,
          offset: n,
          bytes,
          label: file.labels(n),
          part: file.part,
        };
      }),
    );
    if (entries.length === 0)
      throw new SslMemError("DATA", `Expected images in ${this.spec} but found none.`);
    return entries;
  }

  async read(entry: SourceEntry): Promise<DecodedImage> {
    const file = this.files.find((candidate) => candidate.file === entry.path);
    if (file === undefined)
      throw new SslMemError("DATA", `Expected a file ${entry.path} in ${this.spec} but there is none.`);
    const start = file.header + entry.offset * file.stride + file.pixels;
    const planes = await this.#slice(file.file, start, entry.bytes);
    const { width, height, channels } = file;
    const pixels = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = file.order === "planar" ? y * width + x : x * height + y;
        for (let c = 0; c < 3; c++) {
          pixels[(y * width + x) * 3 + c] = planes[(channels === 1 ? 0 : c) * width * height + at] as number;
        }
      }
    }
    return { width, height, pixels };
  }

  async close(): Promise<void> {
    this.#unpacked.clear();
  }

  async #slice(file: string, start: number, length: number): Promise<Buffer> {
    if (file.endsWith(".gz")) {
      const whole = this.#unpacked.get(file) ?? bytesOf(this.spec, file);
      this.#unpacked.set(file, whole);
      return (await whole).subarray(start, start + length);
    }
    const handle = await open(join(this.spec, file));
    try {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, start);
      if (bytesRead < length)
        throw new SslMemError("DATA", `Expected ${length} bytes at ${start} of ${file} but it ends before.`);
      return bytes;
    } finally {
      await handle.close();
    }
  }
}

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { SslMemError } from "../../errors.js";
import { shellQuoted } from "../../text/shell-quoted.js";
import { ImageList } from "../image-list.js";
import { nameKind } from "../image-names.js";
import { stampNow } from "../stamp.js";
import { countImages } from "../taken.js";
import type { DataPart, DecodedImage, Listing, ListOptions, Source, SourceEntry, Stamp } from "../types.js";
import { Handles } from "./handles.js";
import { LeftOutTally } from "./left-out.js";
import { Pace } from "./pace.js";
import { leaveOutByName, unreadable } from "./walk.js";

/** Unpacked gzip files are kept in memory: at most this many bytes each. */
const MOST_UNPACKED = 1 << 30;

/** How the images of a file with fixed-size records lie in it. */
export interface RecordFile {
  /** Relative to the data's root. */
  readonly file: string;
  readonly part: DataPart;
  /** Bytes before the first record. */
  readonly header: number;
  /** Bytes of a record, and where in it the pixels begin. */
  readonly stride: number;
  readonly pixels: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly count: number;
  /** Planes: "planar" rows first (CIFAR), "columns" columns first (STL-10). */
  readonly order: "planar" | "columns";
  /** [count] label of each record, or null when the file has none. */
  readonly labels: ArrayLike<number> | null;
  /** The whole file, unpacked, where it is gzip data. */
  readonly unpacked: Buffer | null;
}

/** What a raw data set consists of, once its files were looked at. */
export interface RecordSet {
  readonly why: string;
  readonly files: readonly RecordFile[];
  readonly labelNames: readonly string[] | null;
  /** Completes "no labels, because …"; null where there are labels. */
  readonly noLabels: string | null;
  readonly notes: readonly string[];
  readonly leftOut: LeftOutTally;
  /** Files and folders that decided what is listed. */
  readonly stamps: readonly Stamp[];
}

/** Names of what lies in a folder in no order, or none if it is not one. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw unreadable("folder", directory, error);
  }
}

/** Counts the files of a raw data set's folder that are no part of it, and stamps folder and files that are. */
export function aside(
  root: string,
  folder: string,
  used: ReadonlySet<string>,
): Pick<RecordSet, "leftOut" | "stamps"> {
  const leftOut = new LeftOutTally();
  const at = (name: string) => (folder === "" ? name : `${folder}/${name}`);
  for (const name of namesIn(join(root, folder))) {
    if (used.has(name)) continue;
    const kind = nameKind(name);
    if (kind === "image") leftOut.add("image files beside the data set's own files", at(name));
    else leaveOutByName(leftOut, at(name), kind);
  }
  const folders = folder === "" ? [""] : ["", folder];
  const stamps = [...folders, ...[...used].map(at)].map((path) => stampNow(join(root, path)));
  return { leftOut, stamps };
}

/** A whole file. Throws SslMemError DATA when it cannot be read. */
export async function wholeFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable("file", path, error);
  }
}

/** Whether bytes begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Unpacks gzip data. Throws SslMemError DATA, naming the file, when they are cut or damaged, or too large for memory. */
export async function unpack(packed: Buffer, path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: MOST_UNPACKED });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const large = code === "ERR_BUFFER_TOO_LARGE";
    throw new SslMemError(
      "DATA",
      large
        ? `Expected at most ${MOST_UNPACKED} bytes in ${path}, which is unpacked in memory, but it holds more.`
        : `Expected a whole gzip file at ${path} but it is ${message === "unexpected end of file" ? "cut short" : `damaged (${message})`}.`,
      large ? `gunzip -k ${shellQuoted(path)}` : "copy or download the file again",
      { cause },
    );
  }
}

/** A source of binary files with records of one size. Ids are `<file>#<n>`, offsets the record's number. */
export class RecordSource implements Source {
  readonly isEncoded = false;
  readonly #handles = new Handles();
  #set: Promise<RecordSet> | null = null;

  /** @param look finds the files and reads their headers and labels; called once, when first needed */
  constructor(
    readonly kind: string,
    readonly spec: string,
    readonly look: () => Promise<RecordSet>,
  ) {}

  async list({ signal, onProgress }: ListOptions = {}): Promise<Listing> {
    this.#set = null;
    const { why, files, labelNames, noLabels, notes, leftOut, stamps } = await this.#records();
    const images = new ImageList();
    const pace = new Pace(signal, () => onProgress?.(images.count));
    for (const file of files) {
      const bytes = file.width * file.height * file.channels;
      for (let n = 0; n < file.count; n++) {
        if (pace.isDue) await pace.rest();
        const label = labelNames === null ? null : (file.labels?.[n] ?? null);
        images.push({ id: `${file.file}#${n}`, path: file.file, offset: n, bytes, label, part: file.part });
      }
    }
    if (images.count === 0)
      throw new SslMemError("DATA", `Expected images in ${this.spec} but its files hold none.`);
    const { train, test, unlabelled } = countImages(images);
    const from = (part: DataPart) => files.filter((file) => file.part === part).map(({ file }) => file);
    return {
      images,
      labelNames,
      outlierIds: null,
      taken: {
        kind: this.kind,
        why,
        parts: { train: { images: train, from: from("train") }, test: { images: test, from: from("test") } },
        labels: labelNames === null ? null : { classes: labelNames.length, unlabelled },
        noLabels,
        leftOut: leftOut.list,
        notes,
      },
      stamps,
    };
  }

  async bytes(entry: SourceEntry): Promise<Uint8Array> {
    const file = await this.#recordFileOf(entry);
    const start = file.header + entry.offset * file.stride + file.pixels;
    if (file.unpacked === null) return this.#handles.read(join(this.spec, file.file), start, entry.bytes);
    return file.unpacked.subarray(start, start + entry.bytes);
  }

  async decode(planes: Uint8Array, entry: SourceEntry): Promise<DecodedImage> {
    const { width, height, channels, order } = await this.#recordFileOf(entry);
    if (planes.length !== width * height * channels)
      throw new Error(`expected ${width * height * channels} bytes but there are ${planes.length}`);
    const pixels = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = order === "planar" ? y * width + x : x * height + y;
        for (let c = 0; c < 3; c++) {
          pixels[(y * width + x) * 3 + c] = planes[(channels === 1 ? 0 : c) * width * height + at] as number;
        }
      }
    }
    return { width, height, pixels };
  }

  fileOf(entry: SourceEntry): string {
    return join(this.spec, entry.path);
  }

  async close(): Promise<void> {
    this.#set = null;
    await this.#handles.close();
  }

  #records(): Promise<RecordSet> {
    this.#set ??= this.look();
    return this.#set;
  }

  async #recordFileOf(entry: SourceEntry): Promise<RecordFile> {
    const file = (await this.#records()).files.find((candidate) => candidate.file === entry.path);
    if (file === undefined)
      throw new SslMemError("DATA", `Expected a file ${entry.path} in ${this.spec} but there is none.`);
    return file;
  }
}

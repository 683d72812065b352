import { statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import { decodeImage } from "../decode-image.js";
import { ImageList } from "../image-list.js";
import { conversionOf, isImageName, UNREAD_IMAGE } from "../image-names.js";
import { naturalOrder } from "../natural-order.js";
import { countImages } from "../taken.js";
import type { Listing, ListOptions, Source, SourceEntry, SourceKind, SourceOptions } from "../types.js";
import { noImages } from "./no-images.js";
import { Pace } from "./pace.js";
import { Placed } from "./placed-images.js";
import { headOf, sniff } from "./sniff.js";
import { goneReason, unreadable, type Walked, walk } from "./walk.js";

/** A folder of image files: flat, by class, or by part (train/ beside test/ or val/) with either. */
export const folder: SourceKind = {
  kind: "folder",
  summary: "image files, flat or in class folders, optionally under train/ beside test/ or val/",
  async recognise(data) {
    if (!(await stat(data).catch(() => null))?.isDirectory()) return null;
    const { files, links } = await walk(data, { wanted: isImageName, firstOnly: true });
    return files.length + links.length > 0 ? "it is a folder with images in it" : null;
  },
  open: async (root, options) => new FolderSource(root, options),
};

class FolderSource implements Source {
  readonly kind = "folder";
  readonly isEncoded = true;

  constructor(
    readonly spec: string,
    readonly options: SourceOptions,
  ) {}

  async list(options: ListOptions = {}): Promise<Listing> {
    const walked = await walk(this.spec, { ...options, wanted: isImageName });
    const placed = new Placed();
    const images = await this.#measure(walked, placed, options);
    if (images.count === 0) throw await noImages(this.spec, walked.leftOut);
    refusePointers(this.spec, images);
    const layout = placed.finish(images);
    const { train, test, unlabelled } = countImages(images);
    const unread = walked.leftOut.endingsOf(UNREAD_IMAGE);
    const notes = [...layout.notes, ...layout.classNotes];
    if (unread.length > 0)
      notes.push(`This makes images that are read of those that are not: ${conversionOf(this.spec, unread)}`);
    return {
      images,
      labelNames: layout.labelNames,
      outlierIds: null,
      taken: {
        kind: this.kind,
        why: "it is a folder with images in it",
        parts: {
          train: { images: train, from: layout.from.train },
          test: { images: test, from: layout.from.test },
        },
        labels: layout.labelNames === null ? null : { classes: layout.labelNames.length, unlabelled },
        noLabels: layout.noLabels,
        leftOut: walked.leftOut.list,
        notes,
      },
      stamps: walked.stamps,
    };
  }

  /** The files in order, with their sizes. A file is taken once, by its own path rather than by that of a link to it. */
  async #measure(walked: Walked, placed: Placed, { signal, onProgress }: ListOptions): Promise<ImageList> {
    const images = new ImageList();
    const isLink = new Set(walked.links);
    const inodes = isLink.size === 0 ? null : await this.#inodes(walked.files, signal);
    const paths = isLink.size === 0 ? walked.files : walked.files.concat(walked.links);
    const pace = new Pace(signal, () => onProgress?.(images.count));
    for (const path of paths.sort(naturalOrder)) {
      if (pace.isDue) await pace.rest();
      const facts = factsOf(join(this.spec, path));
      if (facts === undefined || !facts.isFile()) {
        walked.leftOut.add(goneReason(path), path);
        continue;
      }
      const key = `${facts.dev}:${facts.ino}`;
      if (inodes !== null && isLink.has(path)) {
        if (inodes.has(key)) {
          walked.leftOut.add("links to images that are read anyway", path);
          continue;
        }
        inodes.add(key);
      }
      images.push({ id: path, path, offset: 0, bytes: facts.size, label: null, part: "train" });
      placed.add(path);
    }
    return images;
  }

  async #inodes(files: readonly string[], signal: AbortSignal | undefined): Promise<Set<string>> {
    const found = new Set<string>();
    const pace = new Pace(signal);
    for (const path of files) {
      const facts = factsOf(join(this.spec, path));
      if (facts !== undefined) found.add(`${facts.dev}:${facts.ino}`);
      if (pace.isDue) await pace.rest();
    }
    return found;
  }

  bytes(entry: SourceEntry): Promise<Uint8Array> {
    return readFile(this.fileOf(entry));
  }

  fileOf(entry: SourceEntry): string {
    return join(this.spec, entry.path);
  }

  decode(bytes: Uint8Array) {
    return decodeImage(bytes, this.options.orientation);
  }

  async close(): Promise<void> {}
}

function factsOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable("file", path, error);
  }
}

/** A clone of a repository without its large files has pointers of some 130 bytes under the names of all images. */
function refusePointers(root: string, images: ImageList): void {
  const { bytes } = images.columns;
  if (bytes.some((length) => length > 200)) return;
  const first = images.at(0);
  const found = sniff(headOf(join(root, first.path)), first.path);
  if (found === null) return;
  throw new SslMemError(
    "DATA",
    `Expected images in ${root} but ${first.path} is ${found.what}.`,
    found.hint(join(root, first.path)),
  );
}

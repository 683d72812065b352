import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { decodeImage } from "../decode-image.js";
import { isImageName } from "../image-names.js";
import type { Listing, ListOptions, Source, SourceEntry, SourceKind, SourceOptions } from "../types.js";
import { Handles } from "./handles.js";
import { noImages } from "./no-images.js";
import { namesIn } from "./raw.js";
import { headOf } from "./sniff.js";
import { isTarHeader, TarListing } from "./tar/listing.js";
import { walk } from "./walk.js";

const isTarName = (name: string): boolean => name.toLowerCase().endsWith(".tar");

/** One tar file, or a folder of them, read in place by offset: images in class folders, or WebDataset samples. */
export const tar: SourceKind = {
  kind: "tar",
  summary: "tar file(s) of images, in class folders or with .cls or .json beside them (WebDataset)",
  isFile: true,
  async recognise(data) {
    const facts = await stat(data).catch(() => null);
    if (facts?.isFile()) {
      const head = headOf(data);
      const isBlank = isTarName(data) && head.subarray(0, 1024).every((byte) => byte === 0);
      return isTarHeader(head) || isBlank ? "it is a tar file" : null;
    }
    if (!facts?.isDirectory()) return null;
    const why = "it is a folder with tar files in it";
    if (namesIn(data).some(isTarName)) return why;
    // Deeper ones count where there are no images: beside these they are left out, as other files are.
    if (await holds(data, isImageName)) return null;
    return (await holds(data, isTarName)) ? why : null;
  },
  open: async (data, options) => new TarSource(data, options),
};

async function holds(root: string, wanted: (name: string) => boolean): Promise<boolean> {
  const { files, links } = await walk(root, { wanted, firstOnly: true });
  return files.length + links.length > 0;
}

class TarSource implements Source {
  readonly kind = "tar";
  readonly isEncoded = true;
  readonly #handles = new Handles();
  readonly #root: string;
  readonly #isSingle: boolean;

  constructor(
    readonly spec: string,
    readonly options: SourceOptions,
  ) {
    this.#isSingle = statSync(spec, { throwIfNoEntry: false })?.isDirectory() !== true;
    this.#root = this.#isSingle ? dirname(spec) : spec;
  }

  async list(options: ListOptions = {}): Promise<Listing> {
    if (this.#isSingle) {
      const listing = new TarListing(this.spec, this.#root, this.options.sampleImage, options);
      return listing.read([basename(this.spec)], [], "it is a tar file");
    }
    const walked = await walk(this.spec, { ...options, wanted: isTarName });
    const archives = walked.files.concat(walked.links);
    if (archives.length === 0) throw await noImages(this.spec, walked.leftOut);
    const listing = new TarListing(this.spec, this.#root, this.options.sampleImage, options, walked.leftOut);
    const why =
      archives.length === 1
        ? "it is a folder with a tar file in it"
        : `it is a folder with ${archives.length} tar files in it`;
    return listing.read(archives, walked.stamps, why);
  }

  bytes(entry: SourceEntry): Promise<Uint8Array> {
    return this.#handles.read(this.fileOf(entry), entry.offset, entry.bytes);
  }

  fileOf(entry: SourceEntry): string {
    return join(this.#root, entry.path);
  }

  decode(bytes: Uint8Array) {
    return decodeImage(bytes, this.options.orientation);
  }

  close(): Promise<void> {
    return this.#handles.close();
  }
}

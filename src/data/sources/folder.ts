import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import { decodeImage } from "../decode.js";
import { isImageName, labelByFolder, naturalOrder } from "../labels.js";
import type { Source, SourceEntry, SourceKind } from "../types.js";

/** A folder of JPEG, PNG or WebP files: flat, by class, or train/ and test/ (val/) with either. */
export const folder: SourceKind = {
  kind: "folder",
  summary: "JPEG, PNG or WebP files, flat or in class folders, optionally under train/ and test/",
  matches: async (data) => (await stat(data).catch(() => null))?.isDirectory() ?? false,
  open: async (root) => new FolderSource(root),
};

class FolderSource implements Source {
  readonly kind = "folder";
  readonly outlierIds = null;
  labelNames: string[] | null = null;

  constructor(readonly spec: string) {}

  async entries(): Promise<SourceEntry[]> {
    const names = (await readdir(this.spec, { recursive: true })).filter(isImageName).sort(naturalOrder);
    if (names.length === 0) {
      throw new SslMemError("DATA", `Expected JPEG, PNG or WebP images in ${this.spec} but found none.`);
    }
    const entries: SourceEntry[] = [];
    for (const name of names) {
      const { size } = await stat(join(this.spec, name)).catch(() => ({ size: 0 }));
      entries.push({ id: name, path: name, offset: 0, bytes: size, label: null, part: "train" });
    }
    this.labelNames = labelByFolder(entries, (entry) => entry.id);
    return entries;
  }

  async read(entry: SourceEntry) {
    return decodeImage(await this.encoded(entry));
  }

  encoded(entry: SourceEntry): Promise<Uint8Array> {
    return readFile(join(this.spec, entry.path));
  }

  async close(): Promise<void> {}
}

import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { SslMemError } from "../../errors.js";
import { decodeImage } from "../decode.js";
import { isImageName, labelByFolder, naturalOrder } from "../labels.js";
import type { Source, SourceEntry, SourceKind } from "../types.js";

interface Header {
  name: string;
  size: number;
  type: string | null;
}
// The reader of headers is not among the package's exports; its stream would read through every file's contents.
const require = createRequire(import.meta.url);
const headers = require(join(dirname(require.resolve("tar-stream")), "headers.js")) as {
  decode(block: Buffer, encoding: string, allowUnknown: boolean): Header | null;
  decodePax(bytes: Buffer): Record<string, string>;
  decodeLongPath(bytes: Buffer, encoding: string): string;
};
const BLOCK = 512;

interface Member {
  archive: string;
  name: string;
  offset: number;
  bytes: number;
}

/** One tar file, or a folder of them, read in place by offset. Sidecars `.cls` and `.json` (WebDataset) give labels. */
export const tar: SourceKind = {
  kind: "tar",
  summary: "tar file(s) of images, by class folder or with .cls/.json beside them (WebDataset)",
  async matches(data) {
    const facts = await stat(data).catch(() => null);
    if (facts?.isFile()) return data.endsWith(".tar");
    return facts?.isDirectory() ? (await readdir(data)).some((name) => name.endsWith(".tar")) : false;
  },
  open: async (data) => new TarSource(data),
};

class TarSource implements Source {
  readonly kind = "tar";
  readonly outlierIds = null;
  labelNames: string[] | null = null;
  readonly #files = new Map<string, Promise<FileHandle>>();

  constructor(readonly spec: string) {}

  async entries(): Promise<SourceEntry[]> {
    try {
      return await this.#entries();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #entries(): Promise<SourceEntry[]> {
    const single = (await stat(this.spec)).isFile();
    const archives = single
      ? [basename(this.spec)]
      : (await readdir(this.spec)).filter((name) => name.endsWith(".tar"));
    const members: Member[] = [];
    for (const archive of archives.sort(naturalOrder)) members.push(...(await this.#members(archive)));
    const images = members.filter((member) => isImageName(member.name));
    if (images.length === 0) throw new SslMemError("DATA", `Expected images in ${this.spec} but found none.`);
    const entries = images.map<SourceEntry>(({ archive, name, offset, bytes }) => {
      return { id: `${archive}/${name}`, path: archive, offset, bytes, label: null, part: "train" };
    });
    this.labelNames = labelByFolder(entries, (entry) => entry.id.slice(entry.path.length + 1));
    await this.#sidecars(members, entries);
    return entries;
  }

  async read(entry: SourceEntry) {
    return decodeImage(await this.encoded(entry));
  }

  encoded(entry: SourceEntry): Promise<Uint8Array> {
    return this.#bytes(entry.path, entry.offset, entry.bytes);
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await (await file).close();
    this.#files.clear();
  }

  #file(archive: string): Promise<FileHandle> {
    const root = this.spec.endsWith(".tar") ? dirname(this.spec) : this.spec;
    const file = this.#files.get(archive) ?? open(join(root, archive));
    this.#files.set(archive, file);
    return file;
  }

  async #bytes(archive: string, offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await (await this.#file(archive)).read(bytes, 0, length, offset);
    if (bytesRead < length)
      throw new SslMemError(
        "DATA",
        `Expected ${length} bytes at ${offset} of ${archive} but it ends before.`,
      );
    return bytes;
  }

  async #members(archive: string): Promise<Member[]> {
    const { size } = await (await this.#file(archive)).stat();
    const members: Member[] = [];
    let longName: string | undefined;
    let pax: Record<string, string> = {};
    let ended = false;
    for (let at = 0; at + BLOCK <= size; ) {
      const block = await this.#bytes(archive, at, BLOCK);
      const header = this.#decode(archive, block, at);
      if (header === null) {
        ended = true; // the zero blocks of the end
        break;
      }
      at += BLOCK;
      const bytes = pax.size === undefined ? header.size : Number(pax.size);
      if (at + bytes > size) {
        throw new SslMemError(
          "DATA",
          `Expected ${bytes} bytes for ${header.name} in ${archive} but the archive is cut short.`,
        );
      }
      if (header.type === "pax-header") pax = headers.decodePax(await this.#bytes(archive, at, bytes));
      else if (header.type === "gnu-long-path")
        longName = headers.decodeLongPath(await this.#bytes(archive, at, bytes), "utf8");
      else {
        const name = (pax.path ?? longName ?? header.name).replace(/^\.\//, "");
        if (header.type === "file" || header.type === "contiguous-file")
          members.push({ archive, name, offset: at, bytes });
        longName = undefined;
        pax = {};
      }
      at += Math.ceil(bytes / BLOCK) * BLOCK;
    }
    if (!ended) {
      throw new SslMemError(
        "DATA",
        `Expected the zero blocks that end a tar in ${archive} but it is cut short.`,
      );
    }
    return members;
  }

  #decode(archive: string, block: Buffer, at: number): Header | null {
    try {
      return headers.decode(block, "utf8", true);
    } catch (cause) {
      throw new SslMemError(
        "DATA",
        `Expected a tar header at byte ${at} of ${archive} but it is damaged.`,
        undefined,
        { cause },
      );
    }
  }

  async #sidecars(members: Member[], entries: SourceEntry[]): Promise<void> {
    const key = (archive: string, name: string) => `${archive}/${name.replace(/\.[^./]*$/, "")}`;
    const sidecars = new Map(
      members
        .filter(({ name }) => /\.(cls|json)$/.test(name))
        .map((member) => [key(member.archive, member.name), member]),
    );
    if (sidecars.size === 0) return;
    const labels = [];
    for (const entry of entries) {
      const sidecar = sidecars.get(key(entry.path, entry.id.slice(entry.path.length + 1)));
      if (sidecar === undefined) return;
      const text = (await this.#bytes(sidecar.archive, sidecar.offset, sidecar.bytes))
        .toString("utf8")
        .trim();
      const label = sidecar.name.endsWith(".json") ? JSON.parse(text).label : Number(text);
      if (!Number.isInteger(label) || label < 0) return;
      labels.push(label as number);
    }
    for (const [i, entry] of entries.entries()) entry.label = labels[i] as number;
    this.labelNames = Array.from({ length: Math.max(...labels) + 1 }, (_, i) => String(i));
  }
}

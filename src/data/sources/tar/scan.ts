import { SslMemError } from "../../../errors.js";
import { foreign } from "../../../text/foreign.js";
import { AGAIN, emptySource } from "../empty-source.js";
import { noTar } from "../no-images.js";
import type { Pace } from "../pace.js";
import { FileWindow } from "./file-window.js";
import { BLOCK, isZero, type MemberKind, parseHeader, parsePax, textUpToZero } from "./header.js";

/** One member of an archive. */
export interface Member {
  readonly name: string;
  readonly kind: MemberKind;
  /** Where its contents begin in the archive, and how long they are, bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** Its contents; to be called, and used, before the next member is asked for. */
  content(): Buffer;
}

/** How an archive ended. */
export interface Ending {
  /** Whether the blocks of zeros that mark the end were there. */
  readonly isMarked: boolean;
  /** How many archives lay one after the other in the file. */
  readonly archives: number;
}

/**
 * Reads the headers of a tar file from its first to its last, jumping over contents. After the blocks of zeros that mark
 * an end it reads on when headers follow (as `tar -i`), since `cat a.tar b.tar` makes such files; anything else there is
 * ignored.
 *
 * @param path of the file @param name how to call it in messages
 * @throws SslMemError DATA when it is no tar file, is cut or damaged; the signal's reason
 */
export async function scanTar(
  path: string,
  name: string,
  visit: (member: Member) => void,
  pace: Pace,
): Promise<Ending> {
  const file = new FileWindow(path);
  try {
    return await new Scan(file, path, name, visit, pace).run();
  } finally {
    file.close();
  }
}

class Scan {
  #at = 0;
  #longName: string | undefined;
  #pax: ReadonlyMap<string, string> | undefined;

  constructor(
    readonly file: FileWindow,
    readonly path: string,
    readonly name: string,
    readonly visit: (member: Member) => void,
    readonly pace: Pace,
  ) {}

  async run(): Promise<Ending> {
    const { file } = this;
    if (file.size === 0) throw emptySource(this.path, "the file is empty (0 bytes)", AGAIN);
    let [archives, isMarked] = [1, false];
    while (this.#at + BLOCK <= file.size) {
      if (this.pace.isDue) await this.pace.rest();
      const block = file.bytes(this.#at, BLOCK);
      if (block[0] === 0 && isZero(block)) {
        isMarked = true;
        this.#at += BLOCK;
        continue;
      }
      const header = parseHeader(block);
      if (header === null) {
        if (isMarked) return { isMarked, archives };
        throw this.#damaged(block);
      }
      if (isMarked) archives++;
      isMarked = false;
      this.#at += BLOCK;
      this.#member(header);
    }
    if (!isMarked && this.#at < file.size) throw this.#cut("its next header");
    if (this.#pax !== undefined || this.#longName !== undefined) throw this.#cut("its last member");
    return { isMarked, archives };
  }

  #member(header: NonNullable<ReturnType<typeof parseHeader>>): void {
    if (header.isExtended) this.#skipMaps(header.name);
    const sized = this.#pax?.get("size");
    const bytes = sized !== undefined && /^\d+$/.test(sized) ? Number(sized) : header.size;
    const offset = this.#at;
    const name = (this.#pax?.get("path") ?? this.#longName ?? header.name).replace(/^(\.\/+)+/, "");
    if (offset + bytes > this.file.size) throw this.#cut(name);
    this.#at += Math.ceil(bytes / BLOCK) * BLOCK;
    if (header.kind === "pax") {
      this.#pax = parsePax(this.file.bytes(offset, bytes));
      return;
    }
    if (header.kind === "long name") {
      this.#longName = textUpToZero(this.file.bytes(offset, bytes));
      return;
    }
    if (header.kind === "remark") return; // what stands before it still belongs to the next member
    const sparse = this.#pax?.has("GNU.sparse.major") || this.#pax?.has("GNU.sparse.size");
    const real = this.#pax?.get("GNU.sparse.name") ?? name;
    // Before ustar a folder was a file whose name ends in a slash; a name that was cut to fit the header may, too.
    const plain = header.kind === "file" && real.endsWith("/") ? "directory" : header.kind;
    this.#pax = undefined;
    this.#longName = undefined;
    this.visit({
      name: real,
      kind: sparse ? "sparse" : plain,
      offset,
      bytes,
      content: () => this.file.bytes(offset, bytes),
    });
  }

  #skipMaps(name: string): void {
    for (let more = true; more; this.#at += BLOCK) {
      if (this.#at + BLOCK > this.file.size) throw this.#cut(name);
      more = this.file.bytes(this.#at, BLOCK)[504] === 1;
    }
  }

  #cut(member: string): SslMemError {
    return new SslMemError(
      "DATA",
      `Expected all of ${foreign(member)} in ${this.name} but the archive is cut short after ${this.file.size} bytes.`,
      "copy or download the file again; tar tf FILE shows where it ends",
    );
  }

  #damaged(block: Buffer): SslMemError {
    if (this.#at === 0) return noTar(this.path, block);
    return new SslMemError(
      "DATA",
      `Expected a tar header at byte ${this.#at} of ${this.name} but it is damaged.`,
      "copy or download the file again; tar tf FILE shows how far it is whole",
    );
  }
}

import {
  type BigIntStats,
  type Dir,
  type Dirent,
  opendirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { SslMemError } from "../../errors.js";
import { shellQuoted } from "../../text/shell-quoted.js";
import {
  endingOf,
  HIDDEN,
  isHidden,
  type NameKind,
  NO_IMAGE,
  nameKind,
  UNREAD_IMAGE,
} from "../image-names.js";
import { naturalOrder } from "../natural-order.js";
import { stampFrom } from "../stamp.js";
import type { Stamp } from "../types.js";
import { LeftOutTally } from "./left-out.js";
import { Pace } from "./pace.js";

/** Entries that are asked for at once; a folder may hold a million. */
const AT_ONCE = 4096;
const NO_FILE = "pipes, sockets and devices";
const RUN_SCHEMA = /"schema"\s*:\s*"sslmem\/config@/;

export interface WalkOptions {
  /** Whether a file, by its name alone, is one of those that are looked for. */
  wanted(name: string): boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((found: number) => void) | undefined;
  /** Stop at the first wanted file. */
  readonly firstOnly?: boolean;
}

/** What lies in a folder and the folders in it, by path relative to it. */
export interface Walked {
  /** Regular files that are wanted, in no particular order. */
  readonly files: string[];
  /** Links to files that are wanted. */
  readonly links: string[];
  readonly leftOut: LeftOutTally;
  /**
   * One for each folder that was read, and for each that links to files lead to, whose names may change there. Null where
   * links lead to nothing: what would come to be there cannot be noticed.
   */
  readonly stamps: readonly Stamp[] | null;
}

/**
 * Looks through a folder. Every folder is read once, by its own path rather than by that of a link to it; links to
 * folders elsewhere are followed; hidden files, run folders of sslmem and what is neither file nor folder are left out.
 *
 * @throws SslMemError DATA when a folder cannot be read; the signal's reason
 */
export async function walk(root: string, options: WalkOptions): Promise<Walked> {
  const walker = new Walker(root, options);
  await walker.run();
  return walker;
}

class Walker implements Walked {
  readonly files: string[] = [];
  readonly links: string[] = [];
  readonly leftOut = new LeftOutTally();
  readonly #stamps: Stamp[] = [];
  #isComplete = true;
  readonly #seen = new Set<string>();
  readonly #stamped = new Set<string>();
  readonly #folders: string[] = [""];
  #unresolved: string[] = [];
  readonly #pace: Pace;

  constructor(
    readonly root: string,
    readonly options: WalkOptions,
  ) {
    this.#pace = new Pace(options.signal, () => options.onProgress?.(this.files.length));
  }

  async run(): Promise<void> {
    await this.#enterAll();
    while (this.#unresolved.length > 0 && !this.#isEnough) await this.#resolve();
  }

  get stamps(): readonly Stamp[] | null {
    return this.#isComplete ? this.#stamps : null;
  }

  get #isEnough(): boolean {
    return this.options.firstOnly === true && this.files.length + this.links.length > 0;
  }

  async #enterAll(): Promise<void> {
    for (let folder = this.#folders.pop(); folder !== undefined; folder = this.#folders.pop()) {
      await this.#enter(folder);
      if (this.#isEnough) return;
    }
  }

  async #enter(folder: string): Promise<void> {
    const path = join(this.root, folder);
    const facts = this.#facts(folder, path);
    if (facts === null || !this.#isNew(facts)) return;
    const entries: Dirent[] = [];
    const directory = openFolder(path);
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        entries.push(entry);
        if (this.#pace.isDue) await this.#pace.rest();
      }
    } finally {
      directory.closeSync();
    }
    if (folder !== "" && isRun(path, entries)) {
      this.leftOut.add("run folders of sslmem", folder);
      return;
    }
    this.#stamp(path, facts);
    const prefix = folder === "" ? "" : `${folder}/`;
    for (const entry of entries) {
      this.#take(prefix + entry.name, entry);
      if (this.#pace.isDue) await this.#pace.rest();
    }
  }

  #take(path: string, entry: Dirent): void {
    if (isHidden(entry.name)) this.leftOut.add(HIDDEN, path);
    else if (entry.isDirectory()) this.#folders.push(path);
    else if (entry.isSymbolicLink()) this.#unresolved.push(path);
    else if (!entry.isFile()) this.leftOut.add(NO_FILE, path);
    else if (this.options.wanted(entry.name)) this.files.push(path);
    else leaveOutByName(this.leftOut, path, nameKind(entry.name));
  }

  /** Follows the links found so far; those that are found behind them are left for the next round. */
  async #resolve(): Promise<void> {
    const links = this.#unresolved.sort(naturalOrder);
    this.#unresolved = [];
    for (const path of links) {
      const facts = this.#linked(path);
      if (facts === null) {
        this.leftOut.add("links to nothing that is there", path);
        this.#isComplete = false;
      } else if (facts.isDirectory()) {
        if (this.#seen.has(keyOf(facts))) this.leftOut.add("links to folders that are read anyway", path);
        else this.#folders.push(path);
        // What lies below it goes first, so that folders are read by their own paths rather than by those of links.
        await this.#enterAll();
      } else if (!facts.isFile()) this.leftOut.add(NO_FILE, path);
      else if (this.options.wanted(path)) {
        this.links.push(path);
        this.#stampTarget(path);
      } else leaveOutByName(this.leftOut, path, nameKind(path));
      if (this.#isEnough) return;
      if (this.#pace.isDue) await this.#pace.rest();
    }
  }

  /** Stamps the folder in which the file lies that a link leads to. */
  #stampTarget(link: string): void {
    try {
      const folder = dirname(realpathSync.native(join(this.root, link)));
      this.#stamp(folder, statSync(folder, { bigint: true }));
    } catch {
      this.#isComplete = false; // it went meanwhile
    }
  }

  #linked(path: string): BigIntStats | null {
    try {
      return statSync(join(this.root, path), { bigint: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR") return null;
      throw unreadable("link", join(this.root, path), error);
    }
  }

  #facts(folder: string, path: string): BigIntStats | null {
    try {
      return statSync(path, { bigint: true });
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (folder === "" || !gone) throw unreadable("folder", path, error);
      this.leftOut.add(goneReason(folder), folder);
      return null;
    }
  }

  #stamp(folder: string, facts: BigIntStats): void {
    if (this.#isNew(facts, this.#stamped)) this.#stamps.push(stampFrom(folder, facts));
  }

  #isNew(facts: BigIntStats, seen = this.#seen): boolean {
    const key = keyOf(facts);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  }
}

const keyOf = (facts: BigIntStats): string => `${facts.dev}:${facts.ino}`;

/** Counts a file that is not taken because of what its name is. */
export function leaveOutByName(tally: LeftOutTally, path: string, kind: NameKind): void {
  if (kind === "hidden") tally.add(HIDDEN, path);
  else if (kind === "image") tally.add("image files beside the tar files", path);
  else if (kind === "unread image") tally.add(UNREAD_IMAGE, path, endingOf(path));
  else tally.add(NO_IMAGE, path, endingOf(path) || "no ending");
}

/** Why a name that the system listed is not there: names that are not UTF-8 reach us with a mark for what was lost. */
export function goneReason(path: string): string {
  return path.includes("\ufffd")
    ? "files whose names are not UTF-8"
    : "files that vanished while their folder was read";
}

/** A folder, file or link that the system does not let us read. */
export function unreadable(what: string, path: string, cause: unknown): SslMemError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const denied = code === "EACCES" || code === "EPERM";
  return new SslMemError(
    "DATA",
    `Expected to be able to read the ${what} ${path} but ${denied ? "permission is denied" : `it cannot be read (${code ?? message})`}.`,
    denied ? `chmod -R u+rX ${shellQuoted(path)}` : undefined,
    { cause },
  );
}

function openFolder(path: string): Dir {
  try {
    return opendirSync(path, { bufferSize: AT_ONCE });
  } catch (error) {
    throw unreadable("folder", path, error);
  }
}

/** Whether a folder is a run of ours, whose pictures and tables are no data. */
export function isRunFolder(path: string): boolean {
  try {
    return RUN_SCHEMA.test(readFileSync(join(path, "config.json"), "utf8"));
  } catch {
    return false;
  }
}

function isRun(path: string, entries: readonly Dirent[]): boolean {
  const has = (name: string) => entries.some((entry) => entry.name === name && entry.isFile());
  if (has("manifest.parquet") && (has("split.parquet") || has("environment.json"))) return true;
  return has("config.json") && isRunFolder(path);
}

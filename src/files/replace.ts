import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { SslMemError } from "../errors.js";
import { makeFolders } from "./folders.js";
import { keepFresh } from "./heartbeat.js";
import { otherThanFile } from "./kind.js";
import { openTemporary } from "./temporaries.js";

export interface ReplaceOptions {
  /** Permissions of the file, before the umask; default 0o666. */
  readonly mode?: number;
  /** Force it to the disk before it gets its name; default true. False for what is quickly made again, in great numbers. */
  readonly sync?: boolean;
}

/** A file that is being written under a temporary name. */
export interface Replacement {
  /** Open for writing; empty at first. */
  readonly handle: FileHandle;
  /** Its name until `commit`. */
  readonly temporary: string;
  /** Closes it, whole, and gives it its name. On failure it is removed, and what had the name stays. */
  commit(): Promise<void>;
  /** Closes and removes it; what has the name stays. Does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Begins a file that will stand at `path`, whole, after `commit`; until then, what is there stays. Missing folders are made.
 * Throws SslMemError USAGE if `path` is a folder, or a device, pipe or socket, and what the system says.
 */
export async function beginReplacement(path: string, options: ReplaceOptions = {}): Promise<Replacement> {
  await checkReplaceable(path);
  await makeFolders(dirname(path));
  const { temporary, handle } = await openTemporary(path, options.mode);
  let isOpen = true;
  const discard = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    release();
    await handle.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
  };
  const release = await keepFresh(temporary).catch(() => () => {});
  const commit = async (): Promise<void> => {
    try {
      if (options.sync !== false) await handle.sync();
      await handle.close();
      await rename(temporary, path);
      isOpen = false;
      release();
    } catch (error) {
      await discard();
      throw named(error, path);
    }
    if (options.sync !== false)
      await syncFolder(dirname(path)).catch((error) => {
        throw named(error, dirname(path));
      });
  };
  return { handle, temporary, commit, discard };
}

/**
 * Makes the file at `path` appear complete or not at all: `write` fills a temporary file beside it (it is there, empty),
 * which is fsynced and renamed. If anything fails, the temporary is removed and what was at `path` stays.
 * Throws as beginReplacement, and what `write` throws.
 */
export async function replaceFile(
  path: string,
  write: (temporary: string, handle: FileHandle) => Promise<void>,
  options: ReplaceOptions = {},
): Promise<void> {
  const file = await beginReplacement(path, options);
  try {
    await write(file.temporary, file.handle);
  } catch (error) {
    await file.discard();
    throw named(error, path);
  }
  await file.commit();
}

/** What goes wrong with an open file does not say which one it was. */
function named(error: unknown, path: string): unknown {
  const failed = error as NodeJS.ErrnoException;
  if (error instanceof Error && failed.errno !== undefined) failed.path ??= path;
  return error;
}

/** The same with content that is there at once. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  options?: ReplaceOptions,
): Promise<void> {
  await replaceFile(path, (_, handle) => handle.writeFile(content), options);
}

/** Throws SslMemError USAGE if something stands at `path` that a file cannot replace: a folder, a device, a pipe, a socket. */
export async function checkReplaceable(path: string): Promise<void> {
  const other = await otherThanFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (other === null) return;
  throw new SslMemError(
    "USAGE",
    `Expected the name of a file to write but ${path} is ${other}.`,
    other === "a folder" ? "the name of a file in it" : "another name; what is written is renamed into place",
  );
}

/** Not every file system forces names to the disk, or lets a folder be opened that can be written; all else is a fault. */
const HARMLESS = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EBADF", "EISDIR"]);

/** Forces the names in a folder to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (!HARMLESS.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

/** Writes JSON so that a reader sees the old file or the new one, never half of it. Throws what the system says. */
export const writeJson = (path: string, content: unknown): Promise<void> =>
  writeWhole(path, `${JSON.stringify(content, null, 2)}\n`);

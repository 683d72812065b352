import type { Stats } from "node:fs";
import { chmod, rm, stat } from "node:fs/promises";
import { makeFolders } from "../files/folders.js";
import { openTemporary } from "../files/index.js";

/** What the system says of a folder that is there to be read. */
const READ_ONLY = new Set(["EROFS", "EACCES", "EPERM"]);

/**
 * Opens a folder of the cache. It is made where it is not there, and its owner's alone. One that cannot be written, or that
 * its owner has made read-only (`chmod a-w`), stays as it is and is for reading, where isTrusted.
 *
 * @returns whether it is for reading only @throws what the file system says
 */
export async function openCacheFolder(path: string): Promise<{ isReadOnly: boolean }> {
  const there = await stat(path).catch(() => null);
  const refusal = there === null ? null : await refusalOf(path, there);
  if (there !== null && refusal !== null) {
    if (!isTrusted(there)) throw refusal;
    return { isReadOnly: true };
  }
  await makeFolders(path);
  await chmod(path, 0o700);
  return { isReadOnly: false };
}

/** Whether nobody but this user and root can have changed a file, or put anything into a folder. */
export function isTrusted({ uid, mode }: Pick<Stats, "uid" | "mode">): boolean {
  return (uid === 0 || uid === process.getuid?.()) && (mode & 0o022) === 0;
}

/** Why nothing is to be written into a folder; null where it is, or where trying will tell. */
async function refusalOf(folder: string, { mode }: { mode: number }): Promise<Error | null> {
  // To root the system never says no.
  if ((mode & 0o222) === 0) return Object.assign(new Error(`${folder} is read-only`), { code: "EACCES" });
  const fault = await tryToWrite(folder);
  return fault !== null && READ_ONLY.has((fault as NodeJS.ErrnoException).code ?? "") ? fault : null;
}

/** access() says yes to root on a read-only file system; making a file is the proof. Returns what the system says, or null. */
export async function tryToWrite(folder: string): Promise<Error | null> {
  try {
    const { temporary, handle } = await openTemporary(`${folder}/probe`);
    await handle.close();
    await rm(temporary, { force: true });
    return null;
  } catch (error) {
    return error as Error;
  }
}

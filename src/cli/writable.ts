import { rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolders } from "../files/folders.js";
import { checkReplaceable, clearLeavings, openTemporary } from "../files/index.js";

/**
 * Makes sure, before the work is done, that a file can be written at `path`: nothing else stands there, and its folder, which
 * is made if it is missing, takes files. What killed commands left in that folder is cleared.
 * Throws SslMemError USAGE, or what the system says.
 */
export async function checkWritableFile(path: string): Promise<void> {
  await checkReplaceable(path);
  await checkWritableFolder(dirname(resolve(path)));
}

/** The same for a folder to write files into. */
export async function checkWritableFolder(folder: string): Promise<void> {
  await makeFolders(folder);
  // access() says yes to root on a read-only file system; making a file is the proof.
  const { temporary, handle } = await openTemporary(`${folder}/probe`);
  await handle.close();
  await rm(temporary, { force: true });
  await clearLeavings(folder);
}

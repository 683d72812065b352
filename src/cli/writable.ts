import { rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SslMemError } from "../errors.js";
import { makeFolders } from "../files/folders.js";
import { checkReplaceable, clearLeavings, openTemporary } from "../files/index.js";

/**
 * Makes sure, before the work is done, that a file can be written at `path`: nothing else stands there, and its folder, which
 * is made if it is missing, takes files. What killed commands left in that folder is cleared.
 * Throws SslMemError USAGE, or what the system says.
 */
export async function checkWritableFile(path: string): Promise<void> {
  refuseStandardOutput(path);
  await checkReplaceable(path);
  await checkWritableFolder(dirname(resolve(path)));
}

/** The same for a folder to write files into. */
export async function checkWritableFolder(folder: string): Promise<void> {
  refuseStandardOutput(folder);
  await makeFolders(folder);
  // access() says yes to root on a read-only file system; making a file is the proof.
  const { temporary, handle } = await openTemporary(`${folder}/probe`);
  await handle.close();
  await rm(temporary, { force: true });
  await clearLeavings(folder);
}

/** "-" is standard output to many programs; here it would be the name of a file. */
function refuseStandardOutput(path: string): void {
  if (path !== "-") return;
  throw new SslMemError(
    "USAGE",
    "Expected a path to write to but received -, and this is not written to standard output.",
    "a path, or ./- for one of that name; --format json prints the result to standard output",
  );
}

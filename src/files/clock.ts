import { rm, stat, writeFile } from "node:fs/promises";
import { temporaryName } from "./temporary-name.js";

/**
 * The time that the file system of a folder gives to what is written now, ms: ages of files are told by it, since the clock
 * of the machine that wrote them, or of the server that keeps them, may differ from ours. Ours where nothing can be written.
 */
export async function clockOf(folder: string): Promise<number> {
  const probe = temporaryName(`${folder}/probe`);
  try {
    await writeFile(probe, "", { flag: "wx" });
    return (await stat(probe)).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}

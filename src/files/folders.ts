import { mkdir, readdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing. Node's own recursive mkdir never returns under /proc, and says
 * ENOENT where a file system is read-only; this one goes step by step and throws what the system says of the first step.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdirOrKeep(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await mkdirOrKeep(path);
  }
}

async function mkdirOrKeep(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** Names of what lies in a folder; none where it cannot be read, as where it is not there. */
export const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

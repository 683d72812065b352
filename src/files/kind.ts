import { stat } from "node:fs/promises";

/**
 * What stands at a path in place of a regular file, in words: "a folder", "a pipe", "a device" or "a socket"; null for a
 * regular file. Ask before reading: a pipe that nobody writes to never ends, and neither does /dev/zero.
 * Throws what the system says when there is nothing, or it cannot be looked at.
 */
export async function otherThanFile(path: string): Promise<string | null> {
  const found = await stat(path);
  if (found.isFile()) return null;
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a pipe";
  return found.isSocket() ? "a socket" : "a device";
}

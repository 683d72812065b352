import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { clockOf } from "./clock.js";
import { namesIn } from "./folders.js";
import { sightOf } from "./owner.js";
import { isNamedAfterOwner, ownerOf, temporaryName } from "./temporary-name.js";

/** A temporary of a process that cannot be seen is a leaving when nobody has touched it for this long; owners do every 10 s. */
const SILENCE_MS = 15 * 60_000;

/** DuckDB's spill folder stands beside its file; nobody touches the folder, only the file (keepAlive). */
const SPILL = "-spill";

/** Opens a new temporary beside `path` exclusively, for writing. The caller closes it, and renames or removes the file. */
export async function openTemporary(
  path: string,
  mode = 0o666,
): Promise<{ temporary: string; handle: FileHandle }> {
  const temporary = temporaryName(path);
  return { temporary, handle: await open(temporary, "wx", mode) };
}

/**
 * Removes what dead processes left unfinished in a folder, and nothing of those that may live: a process of this container
 * is looked for, one of another container or machine has its 15 minutes; a spill folder goes with its file. Never throws:
 * what cannot be cleared stays.
 *
 * @returns the names that were removed
 */
export async function clearLeavings(folder: string): Promise<string[]> {
  const names = (await namesIn(folder)).filter(isNamedAfterOwner);
  if (names.length === 0) return [];
  const now = await clockOf(folder);
  const cleared: string[] = [];
  // All are looked at before the first goes: a spill folder is judged by its file.
  const times = await Promise.all(names.map((name) => touchedAt(join(folder, name))));
  for (const [i, name] of names.entries()) {
    const path = join(folder, name);
    const sight = sightOf(ownerOf(name));
    if (sight === "alive") continue;
    const touched = times[i] ?? null;
    if (touched === null || (sight !== "dead" && now - touched < SILENCE_MS)) continue;
    const isGone = await rm(path, { recursive: true, force: true }).then(
      () => true,
      () => false,
    );
    if (isGone) cleared.push(name);
  }
  return cleared;
}

/** When a temporary was last touched, in ms; null: it is not there. A spill folder as long as its file is there: when that was. */
async function touchedAt(path: string): Promise<number | null> {
  const own = await modifiedAt(path);
  if (own === null || !path.endsWith(SPILL)) return own;
  return (await modifiedAt(path.slice(0, -SPILL.length))) ?? own;
}

const modifiedAt = (path: string) =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );

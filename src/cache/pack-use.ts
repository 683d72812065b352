import { constants, open, readdir, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ownerHere } from "../files/index.js";

/** How often a process marks the packed files that it uses, ms. */
const MARK_MS = 60 * 60_000;
/** A packed file is held for a machine for this long after its last mark: some marks may be missed. */
const HELD_MS = 24 * MARK_MS;

/** KEY.MACHINE.used, beside KEY.pack: one file a machine, so that no machine writes over the mark of another. */
const MARK = /\.([0-9a-f]{12})\.used$/;

/** A pipe in its place would be waited for. */
const WITHOUT_WAITING = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;

const inUse = new Set<string>();

/**
 * Marks a packed file as used by this machine, now and every hour as long as the process runs: deleted on a network disk it
 * would be gone for those who have it mapped on other machines, in the middle of their work. Never throws: who cannot mark
 * (a full disk) can still read.
 */
export async function markUse(path: string): Promise<void> {
  await mark(path);
  if (inUse.size === 0) setInterval(markAll, MARK_MS).unref();
  inUse.add(path);
}

const markAll = () => {
  for (const path of inUse) mark(path);
};

async function mark(path: string): Promise<void> {
  try {
    await stat(path); // none for a file that is gone
    const own = join(dirname(path), `${keyOf(path)}.${ownerHere().machine}.used`);
    const file = await open(own, WITHOUT_WAITING, 0o600);
    await file.close();
    await utimes(own, new Date(), new Date());
    await clearOld(dirname(path), keyOf(path));
  } catch {
    // Tried again in an hour.
  }
}

/** A machine has another name after each start: marks that hold nothing any more would become many. */
async function clearOld(folder: string, key: string): Promise<void> {
  for (const name of marksOf(key, await readdir(folder))) {
    const path = join(folder, name);
    if (!isFresh((await stat(path)).mtime)) await rm(path, { force: true });
  }
}

/** When a packed file was used last, by anyone and by other machines than this (null: by none of them). */
export interface Use {
  readonly used: Date;
  readonly elsewhere: Date | null;
}

/**
 * Reads the marks of a packed file. One without any was just written, perhaps by another machine.
 *
 * @param names of the files in its folder @param written when it was
 */
export async function useOf(path: string, names: readonly string[], written: Date): Promise<Use> {
  const here = ownerHere().machine;
  let [used, elsewhere] = [written, null as Date | null];
  const marks = marksOf(keyOf(path), names);
  for (const name of marks) {
    const at = (await stat(join(dirname(path), name)).catch(() => null))?.mtime;
    if (at === undefined) continue;
    if (at > used) used = at;
    if (MARK.exec(name)?.[1] !== here && at > (elsewhere ?? 0)) elsewhere = at;
  }
  return { used, elsewhere: marks.length === 0 ? written : elsewhere };
}

/** Whether a process of another machine may have it mapped: then it must stay. */
export const isHeld = ({ elsewhere }: Pick<Use, "elsewhere">): boolean =>
  elsewhere !== null && isFresh(elsewhere);

const isFresh = (at: Date) => Date.now() - at.getTime() < HELD_MS;
const keyOf = (path: string) => basename(path, ".pack");
const marksOf = (key: string, names: readonly string[]) =>
  names.filter((name) => name.startsWith(`${key}.`) && MARK.test(name));

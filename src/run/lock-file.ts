import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { namesIn } from "../files/folders.js";
import { type Owner, ownerHere, SILENCE_MS, type Sight, sightOf, writeWhole } from "../files/index.js";
import type { WorkerProgress } from "../score/index.js";

/** What a lock file says of its owner; older versions wrote pid, host and started only. */
export interface Holder extends Partial<Omit<Owner, "pid">> {
  readonly pid: number;
  readonly host: string;
  /** It reaches for the run and has not made sure yet that nobody else has it. */
  readonly claiming?: boolean;
}

/** What an owner says of its work in its lock, for those who watch. */
export interface Standing {
  /** What it computes on, once it has opened an engine; with commas between several. */
  readonly device?: string;
  /** What its workers have done, while it scores. */
  readonly scoring?: readonly WorkerProgress[];
}

/** Writes this process' lock at `path`, whole; `claiming` before it has made sure that nobody else has the run. */
export const writeLock = (path: string, more: Standing & { claiming?: true }): Promise<void> =>
  writeWhole(path, JSON.stringify({ ...ownerHere(), host: hostname(), ...more }), { sync: false });

/** A lock as it was found. */
export interface Seen {
  readonly holder: Holder & Standing;
  readonly sight: Sight;
  /** When its owner last touched it, by the file system's clock, ms. */
  readonly touched: number;
  /** ms until its owner counts as dead if it does not touch it: 0 when it is, null when it certainly lives. */
  readonly staleIn: number | null;
}

/** The lock files of a run: their names, and whether each is of the whole run ("run") or of a shard ("shard-3-of-8"). */
export async function locksIn(folder: string): Promise<{ name: string; whose: string }[]> {
  const names = (await namesIn(folder)).sort();
  return names.flatMap((name) => {
    const whose = /^(run|shard-.+?)(?:\.[0-9a-f]{16})?\.lock$/.exec(name)?.[1];
    return whose === undefined ? [] : [{ name, whose }];
  });
}

/** Looks at a lock file; null if it is gone. */
export async function look(path: string, now: number): Promise<Seen | null> {
  try {
    const { mtimeMs: touched } = await stat(path);
    const text = await readFile(path, "utf8");
    const holder = parsed(text);
    // Cut short by a crash, or by an older version that has just made it and not yet filled it.
    if (holder === null) {
      const isNew = now - touched < 2000;
      const nobody = { pid: 0, host: hostname(), claiming: true };
      return { holder: nobody, sight: "unseen", touched, staleIn: isNew ? 2000 : 0 };
    }
    const sight = sightOfHolder(holder);
    if (sight === "alive") return { holder, sight, touched, staleIn: null };
    const staleIn = sight === "dead" ? 0 : Math.max(0, SILENCE_MS[sight] - (now - touched));
    return { holder, sight, touched, staleIn };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function parsed(text: string): (Holder & Standing) | null {
  try {
    const holder = JSON.parse(text) as Holder & Standing;
    return typeof holder.pid === "number" && typeof holder.host === "string" ? holder : null;
  } catch {
    return null;
  }
}

function sightOfHolder(holder: Holder): Sight {
  const here = ownerHere();
  const { pid, host, machine, namespace = here.namespace, started } = holder;
  const isHere = machine === undefined ? host === hostname() : machine === here.machine;
  return isHere ? sightOf({ machine: here.machine, namespace, pid, started: started ?? "0" }) : "distant";
}

/** An owner in words. */
export const describeHolder = ({ pid, host }: Holder): string =>
  pid === 0 ? "another process" : `process ${pid} on ${host}`;

import { readFileSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { SslMemError } from "../errors.js";
import type { WorkerProgress } from "../score/index.js";

/** A lock of another host counts as left behind when it has not been touched for this long; owners touch it every 30 s. */
const FOREIGN_STALE_MS = 5 * 60_000;
const TOUCH_MS = 30_000;

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start time of the process in clock ticks since boot (Linux): a reused pid has another. */
  readonly started: string | null;
}

/** What an owner says of its work in its lock, for those who watch. */
interface Standing {
  /** What it computes on, once it has opened an engine; with commas between several. */
  readonly device?: string;
  /** What its workers have done, while it scores. */
  readonly scoring?: readonly WorkerProgress[];
}

/** The hold of this process on a run directory, or on one shard of it. */
export interface RunLock {
  /** Writes into the lock what its owner computes on, for those who watch: "cpu", "cuda:0,cuda:1". */
  at(device: string): Promise<void>;
  /** The same of what its workers have scored; none when it does not score any more. */
  scoring(workers: readonly WorkerProgress[]): Promise<void>;
  release(): Promise<void>;
}

/**
 * Keeps two processes out of one run directory. `shard` null locks the whole run; shards of the same scoring lock only
 * themselves, so that many can work side by side, but not beside a process that has the whole run.
 * A lock whose owner is dead is taken over. Throws SslMemError USAGE naming the process that has it.
 */
export async function lockRun(root: string, shard: string | null): Promise<RunLock> {
  const folder = join(root, ".locks");
  await mkdir(folder, { recursive: true });
  const own = shard === null ? "run.lock" : `shard-${shard}.lock`;
  const path = join(folder, own);
  await take(path, root);
  const conflicts = (await readdir(folder)).filter(
    (name) => name.endsWith(".lock") && name !== own && (shard === null || name === "run.lock"),
  );
  for (const name of conflicts) {
    const owner = await liveOwner(join(folder, name));
    if (owner !== null) {
      await unlink(path);
      throw occupied(root, owner);
    }
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_MS);
  timer.unref();
  let standing: Standing = {};
  let isReleased = false;
  let writing: Promise<void> = Promise.resolve();
  const say = (news: Standing): Promise<void> => {
    standing = { ...standing, ...news };
    const content = JSON.stringify({ ...ownerHere(), ...standing });
    // One after the other, and none that would bring a released lock back.
    writing = writing
      .catch(() => {})
      .then(async () => {
        if (isReleased) return;
        // Renamed into place: nobody reads half a lock.
        await writeFile(`${path}.new`, content);
        await rename(`${path}.new`, path);
      });
    return writing;
  };
  return {
    at: (device) => say({ device }),
    scoring: (workers) => say({ scoring: workers }),
    release: async () => {
      isReleased = true;
      clearInterval(timer);
      await writing.catch(() => {});
      await unlink(path).catch(() => {});
    },
  };
}

/** A process that has a run, or one shard of it. */
export interface Worker {
  pid: number;
  host: string;
  /** "3-of-8", or null for the whole run. */
  shard: string | null;
  /** What it computes on, "cpu", "cuda:3" or, scoring, "cuda:0,cuda:1"; null before it has opened an engine. */
  device: string | null;
  /** While it scores: what each of its worker threads has done, as of some seconds ago. */
  scoring: WorkerProgress[];
  /** Seconds since it last touched its lock; every 30 s while it works. */
  touchedSecondsAgo: number;
}

/** The processes at work in a run now; takes no lock. */
export async function workersOf(root: string): Promise<Worker[]> {
  const folder = join(root, ".locks");
  const found: Worker[] = [];
  for (const name of (await readdir(folder).catch(() => [] as string[])).sort()) {
    if (!name.endsWith(".lock")) continue;
    const owner = await liveOwner(join(folder, name));
    const file = await stat(join(folder, name)).catch(() => null);
    if (owner === null || file === null) continue;
    const shard = /^shard-(.+)\.lock$/.exec(name)?.[1] ?? null;
    found.push({
      pid: owner.pid,
      host: owner.host,
      shard,
      device: owner.device ?? null,
      scoring: [...(owner.scoring ?? [])],
      touchedSecondsAgo: (Date.now() - file.mtimeMs) / 1000,
    });
  }
  return found;
}

async function take(path: string, root: string): Promise<void> {
  const content = JSON.stringify(ownerHere());
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(path, "wx");
      await handle.writeFile(content);
      await handle.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = await liveOwner(path);
    if (owner !== null || attempt > 2) throw occupied(root, owner);
    await unlink(path).catch(() => {});
  }
}

const ownerHere = (): Owner => ({
  pid: process.pid,
  host: hostname(),
  started: startTime(process.pid),
});

/** The owner of a lock file if it is still at work; null if the file is gone or was left behind. */
async function liveOwner(path: string): Promise<(Owner & Standing) | null> {
  let owner: Owner & Standing;
  let touched: number;
  try {
    touched = (await stat(path)).mtimeMs;
    owner = JSON.parse(await readFile(path, "utf8")) as Owner & Standing;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    // Just created and not yet filled, or cut short by a crash: alive for a moment only.
    touched = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
    return Date.now() - touched < 2000 ? { pid: 0, host: hostname(), started: null } : null;
  }
  if (owner.host !== hostname()) return Date.now() - touched < FOREIGN_STALE_MS ? owner : null;
  if (owner.pid === process.pid) return owner;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return null;
  }
  const started = startTime(owner.pid);
  return owner.started !== null && started !== null && started !== owner.started ? null : owner;
}

function startTime(pid: number): string | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function occupied(root: string, owner: Owner | null): SslMemError {
  const who = owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`;
  return new SslMemError(
    "USAGE",
    `Expected ${root} to be free but ${who} is working in it.`,
    "wait until it has finished, or name another directory with --run",
  );
}

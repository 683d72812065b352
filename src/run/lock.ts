import { randomBytes } from "node:crypto";
import { mkdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SslMemError } from "../errors.js";
import { clearLeavings, keepFresh } from "../files/index.js";
import type { WorkerProgress } from "../score/index.js";
import { describeHolder, locksIn, look, type Seen, type Standing, writeLock } from "./lock-file.js";

/** Several that reach for a free run at once let go and try again, for at most this long. */
const CLAIM_MS = 5000;
/** A lock whose owner cannot be seen and has been silent for a while is waited for: it is touched, or grows stale. */
const LONGEST_WAIT_MS = 60_000;

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
 *
 * Every process has a lock file of a name of its own, writes it first and then looks for others': of two that come at once
 * at least the later one sees the other, and no one ever removes a lock but its own and those of the dead. A lock whose
 * owner is dead is taken over at once; one whose owner cannot be seen (another container) when it has not been touched for
 * a minute, which is waited for; one of another machine after five.
 *
 * @param onWait told once when it has to wait, for how many seconds at most
 * @throws SslMemError USAGE naming the process that has it
 */
export async function lockRun(
  root: string,
  shard: string | null,
  onWait: (seconds: number, who: string) => void = () => {},
): Promise<RunLock> {
  const folder = join(root, ".locks");
  await mkdir(folder, { recursive: true });
  await clearLeavings(folder);
  const path = join(folder, `${nameOf(shard)}.${randomBytes(8).toString("hex")}.lock`);
  await claim(path, root, shard, onWait);
  let stopTouching = () => {};
  let standing: Standing = {};
  let isReleased = false;
  let writing: Promise<void> = Promise.resolve();
  const say = (news: Standing): Promise<void> => {
    standing = { ...standing, ...news };
    // One after the other, and none that would bring a released lock, or one that was taken over, back.
    writing = writing
      .catch(() => {})
      .then(async () => {
        if (isReleased) return;
        await stat(path);
        await writeLock(path, standing);
      });
    return writing;
  };
  try {
    stopTouching = await keepFresh(path, true);
    await say({});
  } catch (error) {
    stopTouching();
    await unlink(path).catch(() => {});
    throw error;
  }
  return {
    at: (device) => say({ device }),
    scoring: (workers) => say({ scoring: workers }),
    release: async () => {
      isReleased = true;
      stopTouching();
      await writing.catch(() => {});
      await unlink(path).catch(() => {});
    },
  };
}

const nameOf = (shard: string | null): string => (shard === null ? "run" : `shard-${shard}`);

/** Puts the lock at `path` there once nobody is in its way. */
async function claim(
  path: string,
  root: string,
  shard: string | null,
  onWait: (seconds: number, who: string) => void,
): Promise<void> {
  const began = Date.now();
  let waitedFor = null as { name: string; touched: number } | null;
  for (;;) {
    await writeLock(path, { claiming: true });
    const other = await inTheWay(path, shard).catch(async (error) => {
      await unlink(path).catch(() => {});
      throw error;
    });
    if (other === null) return;
    await unlink(path);
    const { name, touched, holder, staleIn } = other;
    const isClaiming = holder.claiming === true && Date.now() - began < CLAIM_MS;
    const moved = waitedFor?.name === name && touched > waitedFor.touched;
    if (!isClaiming && (staleIn === null || staleIn > LONGEST_WAIT_MS || moved)) throw occupied(root, other);
    if (!isClaiming && waitedFor?.name !== name) {
      waitedFor = { name, touched };
      onWait(Math.ceil((staleIn as number) / 1000), describeHolder(holder));
    }
    await setTimeout(isClaiming ? 20 + 180 * Math.random() : 1000);
  }
}

/** A lock of another living owner that the one at `path` cannot stand beside, or null; those of dead owners are removed. */
async function inTheWay(path: string, shard: string | null): Promise<(Seen & { name: string }) | null> {
  const folder = dirname(path);
  const { mtimeMs: now } = await stat(path);
  let claiming: (Seen & { name: string }) | null = null;
  for (const { name, whose } of await locksIn(folder)) {
    const concerns = shard === null || whose === "run" || whose === nameOf(shard);
    if (!concerns || name === basename(path)) continue;
    const seen = await look(join(folder, name), now);
    if (seen === null) continue;
    if (seen.staleIn === 0) await unlink(join(folder, name)).catch(() => {});
    else if (seen.holder.claiming) claiming = { ...seen, name };
    else return { ...seen, name };
  }
  return claiming;
}

function occupied(root: string, { holder, staleIn }: Seen): SslMemError {
  const until =
    staleIn === null
      ? ""
      : `; if it was killed, the run is free again after ${Math.ceil(staleIn / 1000)} s without a sign of it`;
  return new SslMemError(
    "USAGE",
    `Expected ${root} to be free but ${describeHolder(holder)} is working in it.`,
    `wait until it has finished, or name another directory with --run${until}`,
  );
}

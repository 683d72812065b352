import { mkdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { clearLeavings, keepFresh } from "../files/index.js";
import type { WorkerProgress } from "../score/index.js";
import { claimLock } from "./claim-lock.js";
import { type Standing, writeLock } from "./lock-file.js";

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
  const path = await claimLock(folder, root, shard, onWait);
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

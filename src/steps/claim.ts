import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SslMemError } from "../errors.js";
import { lockRun } from "../run/lock.js";
import type { StepContext } from "./step-context.js";

const WAIT_MS = 2000;

/**
 * Does work that only one of a run's processes may do: shards that begin at once would each list and read the whole data set,
 * and the last would win. The others wait until `isDone`, which is asked again each time. Throws what the work throws; the
 * signal's reason.
 */
export async function claimed<T>(
  { run, reporter, signal }: StepContext,
  isDone: () => boolean,
  work: () => Promise<T>,
): Promise<T | null> {
  for (let isTold = false; ; isTold = true) {
    if (isDone()) return null;
    const lock = await lockRun(join(run.paths.root, ".reading"), null).catch((error: unknown) => {
      if (error instanceof SslMemError && error.code === "USAGE") return null;
      throw error;
    });
    if (lock !== null) {
      try {
        // Another may have finished between the question and the lock.
        return isDone() ? null : await work();
      } finally {
        await lock.release();
      }
    }
    if (!isTold)
      reporter.note("Another process of this run lists and reads the images; this one waits for it.");
    await setTimeout(WAIT_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    signal?.throwIfAborted();
  }
}

/** Whether all of these files are there. */
export const allThere = (...paths: string[]): boolean => paths.every((path) => existsSync(path));

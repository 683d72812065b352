import { stat, utimes } from "node:fs/promises";
import { Worker } from "node:worker_threads";

/** How often an owner touches what is its own, ms. */
export const TOUCH_MS = 10_000;

/** A thread of its own: a training step may keep the main one busy for longer than others would wait for a touch. */
const TOUCHER = `
const { parentPort, workerData } = require("node:worker_threads");
const { utimes } = require("node:fs");
const files = new Map();
parentPort.on("message", ({ path, offset }) => (offset === null ? files.delete(path) : files.set(path, offset)));
setInterval(() => {
  for (const [path, offset] of files) {
    const now = new Date(Date.now() + offset);
    utimes(path, now, now, () => {});
  }
}, workerData);
`;

let toucher: Worker | null | undefined;

/**
 * Touches a file that was just made every 10 s until the returned function is called, by the clock of its file system, so
 * that clocks of machines that differ do no harm. A file that is gone is not made again.
 *
 * @param isCertain touch it from a thread of its own, which goes on while this one computes
 */
export async function keepFresh(path: string, isCertain = false): Promise<() => void> {
  const offset = (await stat(path)).mtimeMs - Date.now();
  const thread = isCertain ? touchingThread() : null;
  if (thread !== null) {
    thread.postMessage({ path, offset });
    return () => thread.postMessage({ path, offset: null });
  }
  const timer = setInterval(() => {
    const now = new Date(Date.now() + offset);
    utimes(path, now, now).catch(() => {});
  }, TOUCH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function touchingThread(): Worker | null {
  if (toucher !== undefined) return toucher;
  try {
    toucher = new Worker(TOUCHER, { eval: true, workerData: TOUCH_MS, execArgv: [] });
    toucher.on("error", () => {}); // without memory for a thread: others then judge by what they saw last
    toucher.unref();
  } catch {
    toucher = null;
  }
  return toucher;
}

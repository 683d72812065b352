import { join } from "node:path";
import { clockOf } from "../files/index.js";
import type { WorkerProgress } from "../score/index.js";
import { locksIn, look } from "./lock-file.js";

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
  /** Seconds since it last touched its lock; every 10 s while it works. */
  touchedSecondsAgo: number;
}

/** The processes at work in a run now; takes no lock. */
export async function workersOf(root: string): Promise<Worker[]> {
  const folder = join(root, ".locks");
  const locks = await locksIn(folder);
  if (locks.length === 0) return [];
  const now = await clockOf(folder);
  const found: Worker[] = [];
  for (const { name, whose } of locks) {
    const seen = await look(join(folder, name), now);
    if (seen === null || seen.staleIn === 0 || seen.holder.claiming) continue;
    const { pid, host, device = null, scoring = [] } = seen.holder;
    found.push({
      pid,
      host,
      device,
      scoring: [...scoring],
      shard: whose === "run" ? null : whose.replace(/^shard-/, ""),
      touchedSecondsAgo: Math.max(0, (now - seen.touched) / 1000),
    });
  }
  return found;
}

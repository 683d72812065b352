import { type BigIntStats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Stamp } from "../types.js";

/** The state of a file or folder, links followed. Throws what the system throws when it is not there. */
export function stampOf(path: string, facts: BigIntStats = statSync(path, { bigint: true })): Stamp {
  return {
    path: resolve(path),
    size: Number(facts.size),
    modified: String(facts.mtimeNs),
    changed: String(facts.ctimeNs),
    inode: String(facts.ino),
  };
}

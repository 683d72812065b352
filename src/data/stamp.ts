import { createHash } from "node:crypto";
import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Stamp } from "./types.js";

/**
 * State of a file or folder now; null if there is none. Two equal stamps mean that the contents are the same: the time of
 * the last change (ctime) cannot be set by programs that keep modification times.
 */
export async function stampOf(path: string): Promise<Stamp | null> {
  const facts = await stat(path, { bigint: true }).catch(() => null);
  return facts === null ? null : stampFrom(path, facts);
}

/** The state that a call of stat, links followed, has told. @param path absolute or relative to the working directory */
export function stampFrom(path: string, facts: BigIntStats): Stamp {
  return {
    path: resolve(path),
    size: Number(facts.size),
    modified: String(facts.mtimeNs),
    changed: String(facts.ctimeNs),
    inode: String(facts.ino),
  };
}

/** The state now, without waiting. Throws what the system throws when there is nothing. */
export function stampNow(path: string): Stamp {
  return stampFrom(path, statSync(path, { bigint: true }));
}

/** Whether all of them are as they were. */
export async function stillAre(stamps: readonly Stamp[]): Promise<boolean> {
  for (const before of stamps) {
    const now = await stampOf(before.path);
    if (now === null || textOf(now) !== textOf(before)) return false;
  }
  return true;
}

/** File systems keep times in ticks of some milliseconds, some only in seconds. */
const SETTLED_MS = 2500;

/** Whether the last change of all of them is long enough ago for a further one to show in their times. */
export function areSettled(stamps: readonly Stamp[], now = Date.now()): boolean {
  return stamps.every(({ changed }) => now - Number(BigInt(changed) / 1_000_000n) > SETTLED_MS);
}

/** [8] a stamp without its path, as bytes. */
export function markOf(stamp: Stamp): Uint8Array {
  return createHash("sha256").update(textOf(stamp)).digest().subarray(0, MARK_BYTES);
}

export const MARK_BYTES = 8;

const textOf = ({ size, modified, changed, inode }: Stamp) => [size, modified, changed, inode].join();

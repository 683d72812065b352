import { randomBytes } from "node:crypto";
import { stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SslMemError } from "../errors.js";
import { describeHolder, locksIn, look, type Seen, writeLock } from "./lock-file.js";

/** Several that reach for a free run at once let go and try again, for at most this long. */
const CLAIM_MS = 5000;
/** A lock whose owner cannot be seen and has been silent for a while is waited for: it is touched, or grows stale. */
const LONGEST_WAIT_MS = 60_000;

const nameOf = (shard: string | null): string => (shard === null ? "run" : `shard-${shard}`);

/**
 * Puts a lock of this process into the folder of a run's locks once nobody is in its way; see lockRun.
 *
 * @returns its path @throws SslMemError USAGE naming the process that is in its way for longer than it waits
 */
export async function claimLock(
  folder: string,
  root: string,
  shard: string | null,
  onWait: (seconds: number, who: string) => void,
): Promise<string> {
  const path = join(folder, `${nameOf(shard)}.${randomBytes(8).toString("hex")}.lock`);
  const began = Date.now();
  let waitedFor = null as { name: string; touched: number } | null;
  for (;;) {
    await writeLock(path, { claiming: true });
    const other = await inTheWay(path, shard).catch(async (error) => {
      await unlink(path).catch(() => {});
      throw error;
    });
    if (other === null) return path;
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

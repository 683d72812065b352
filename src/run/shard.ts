import { SslMemError } from "../errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Which share of the work is this process's: shard `index` of `count`, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
  /** Who said so, for messages: "--shard" or the variables' names. */
  readonly from: string;
}

/**
 * The shard out of what srun (SLURM_PROCID, SLURM_NTASKS) or torchrun (RANK, WORLD_SIZE) set; null outside of both or where
 * there is one task. Slurm's count only inside a step (SLURM_STEP_ID): in a batch script without srun one process does it all.
 * Array indices are not read, since arrays serve sweeps as well; there --shard says it.
 * Throws SslMemError USAGE if the two numbers contradict each other.
 */
export function shardFromEnvironment(env: Environment): Shard | null {
  const pairs: [string, string][] = [["RANK", "WORLD_SIZE"]];
  if (env.SLURM_STEP_ID !== undefined) pairs.push(["SLURM_PROCID", "SLURM_NTASKS"]);
  for (const [rank, size] of pairs) {
    const count = Number(env[size] ?? Number.NaN);
    if (!(count > 1)) continue;
    const index = Number(env[rank] ?? Number.NaN);
    if (!Number.isInteger(index) || !Number.isInteger(count) || index < 0 || index >= count) {
      throw new SslMemError(
        "USAGE",
        `Expected ${rank} in [0, ${count - 1}] because ${size} is ${env[size]} but received ${env[rank] ?? "nothing"}.`,
        "--shard i/n says it without the environment",
      );
    }
    return { index, count, from: `${rank} and ${size}` };
  }
  return null;
}

/** Reads `i/n`, counted from 1: --shard 1/4 … 4/4. Throws SslMemError USAGE. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text.trim());
  const part = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (match === null || count < 1 || count > 99_999 || part < 1 || part > count) {
    throw new SslMemError(
      "USAGE",
      `Expected i/n with 1 <= i <= n for --shard but received "${text}".`,
      "--shard 1/4 to --shard 4/4 for four jobs",
    );
  }
  return { index: part - 1, count, from: "--shard" };
}

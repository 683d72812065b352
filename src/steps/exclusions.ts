import { existsSync } from "node:fs";
import type { Settings } from "../config/all-settings.js";
import { idsDigest, readIdList } from "../data/id-list.js";
import type { Split } from "../data/index.js";
import { SslMemError } from "../errors.js";

/**
 * Refuses to go on with a split whose list of excluded images has other ids now, since it would stay as it is without a word;
 * a list that is gone is no longer needed. Throws SslMemError USAGE for another list, DATA for a file that is none.
 */
export async function checkExclusions(split: Split, { exclude }: Pick<Settings, "exclude">): Promise<void> {
  if (exclude === null || split.exclusions === null || !existsSync(exclude)) return;
  if (idsDigest(await readIdList(exclude)) === split.exclusions) return;
  throw new SslMemError(
    "USAGE",
    `Expected the ids in ${exclude} to be those that were excluded when the images were divided but they are others now.`,
    "another --run for them, or sslmem split with --force, which divides anew",
  );
}

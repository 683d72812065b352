import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SslMemError } from "../errors.js";
import { fileList } from "../tables/index.js";
import type { RunPaths } from "./paths.js";

/** Every score part of a run, of all its pairs. Throws SslMemError DATA when there is none. */
export function partsOf(paths: RunPaths): string[] {
  const parts = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^part-\d+-of-\d+\.parquet$/.test(name))
          .sort()
          .map((name) => join(folder, name))
      : [];
  const found = parts(paths.scores);
  for (let pair = 1; parts(paths.pairScores(pair)).length > 0; pair++)
    for (const part of parts(paths.pairScores(pair))) found.push(part);
  if (found.length > 0) return found;
  throw new SslMemError(
    "DATA",
    `Expected score parts in ${paths.scores} but there are none.`,
    `sslmem score --run ${paths.root}`,
  );
}

/** SQL that gives one row a scored image: index, id, subset, label, and lf, lg, sslmem averaged over the pairs. */
export function pointsSql(parts: readonly string[]): string {
  return `SELECT index, any_value(id) AS id, coalesce(any_value(subset), 'candidate') AS subset,
    any_value(label) AS label, avg(lf) AS lf, avg(lg) AS lg, avg(sslmem) AS sslmem
    FROM read_parquet(${fileList(parts)}) GROUP BY index`;
}

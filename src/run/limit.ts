import { SslMemError } from "../errors.js";
import { fileList, query } from "../tables/index.js";

/** `--fail-over`: at most this share of the candidates may score above the threshold. */
export interface Limit {
  share: number;
  threshold: number;
}

/** Reads SHARE:THRESHOLD, such as 0.05:0.5; share in [0, 1], threshold in [−1, 1]. Throws SslMemError USAGE. */
export function parseLimit(text: string): Limit {
  const [share, threshold, ...rest] = text
    .split(":")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const isShare = share !== undefined && share >= 0 && share <= 1;
  if (isShare && threshold !== undefined && Math.abs(threshold) <= 1 && rest.length === 0)
    return { share, threshold };
  throw new SslMemError(
    "USAGE",
    `Expected SHARE:THRESHOLD with a share in [0, 1] and a score in [-1, 1] for --fail-over but received "${text}".`,
    "--fail-over 0.05:0.5 fails if more than 5 % of the candidates score above 0.5",
  );
}

/**
 * Counts the candidates whose sslmem score (averaged over the pairs; the raw one, with the pair's offset in it) is above
 * the limit's threshold.
 *
 * @param parts score parts of all pairs @throws SslMemError DATA
 */
export async function exceeds(
  { share, threshold }: Limit,
  parts: readonly string[],
): Promise<{ above: number; candidates: number; exceeded: boolean }> {
  const [row] = await query(
    `SELECT count(*) FILTER (score > $1)::DOUBLE AS above, count(*)::DOUBLE AS candidates FROM
       (SELECT avg(sslmem) AS score FROM read_parquet(${fileList(parts)}) WHERE subset = 'candidate' GROUP BY index)`,
    [threshold],
  );
  const { above, candidates } = row as { above: number; candidates: number };
  return { above, candidates, exceeded: above > share * candidates };
}

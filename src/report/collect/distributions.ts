import { inOrder } from "../../data/subset-names.js";
import { query, typedRows } from "../../tables/index.js";
import type { Report } from "../report-schema.js";

const MOST_BINS = 40;

/**
 * Counts the images of every subset by their score, in bins of one width (1, 2 or 5 times a power of ten, at most 40 of
 * them) whose edges are multiples of it: 0 is always an edge.
 *
 * @param points SQL that gives one row a scored image, with subset and sslmem
 */
export async function distributionsOf(points: string): Promise<Report["distributions"]> {
  const range = await query(
    `SELECT coalesce(min(sslmem), 0) AS low, coalesce(max(sslmem), 0) AS high FROM (${points}) WHERE isfinite(sslmem)`,
  );
  const [{ low, high } = { low: 0, high: 0 }] = typedRows(range, { low: "number", high: "number" });
  const width = niceWidth(high - low);
  const first = Math.floor(low / width);
  const bins = Math.floor(high / width) - first + 1;
  const found = await query(
    `SELECT subset, (floor(sslmem / $1) - $2)::INTEGER AS bin, count(*)::DOUBLE AS n FROM (${points})
     WHERE isfinite(sslmem) GROUP BY ALL ORDER BY ALL`,
    [width, first],
  );
  const counts = new Map<string, number[]>();
  const rows = typedRows(found, { subset: "string", bin: "number", n: "number" });
  for (const { subset, bin, n } of rows) {
    const list = counts.get(subset) ?? new Array<number>(bins).fill(0);
    list[Math.min(bin, bins - 1)] = n;
    counts.set(subset, list);
  }
  return {
    width,
    from: first * width,
    subsets: inOrder([...counts].map(([subset, list]) => ({ subset, counts: list }))),
  };
}

function niceWidth(range: number): number {
  const least = Math.max(range, 1e-6) / (MOST_BINS - 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) as number) * power;
}

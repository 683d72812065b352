import { join } from "node:path";
import type { RunPaths } from "../../run/paths.js";
import { readMetrics } from "../../train/metrics.js";
import type { Curve } from "../report-schema.js";

/** Points of one curve, and of all curves together: what the page has of them does not grow with the pairs. */
const MOST_POINTS = 200;
const MOST_OF_ALL = 800;

/** The training of every encoder of a run, from metrics.jsonl; none for weights from elsewhere. */
export async function trainingOf(
  paths: RunPaths,
  { pairs, method }: { pairs: number; method: string },
): Promise<Curve[]> {
  const curves: Curve[] = [];
  const most = Math.max(2, Math.min(MOST_POINTS, Math.floor(MOST_OF_ALL / (2 * pairs))));
  for (let pair = 0; pair < pairs; pair++) {
    for (const encoder of ["f", "g"] as const) {
      const lines = await readMetrics(join(paths.encoder(encoder, pair), "metrics.jsonl"), method);
      if (lines.length > 0) curves.push({ pair, encoder, points: thin(lines, most), of: lines.length });
    }
  }
  return curves;
}

/** At most so many (2 or more) of the values, evenly spaced, with the first and the last. */
function thin<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  const step = (values.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => values[Math.round(i * step)] as T);
}

import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RunPaths } from "../../run/paths.js";
import { type Curve, metricsPoint } from "../report-schema.js";

/** Points of one curve, and of all curves together: what the page has of them does not grow with the pairs. */
const MOST_POINTS = 200;
const MOST_OF_ALL = 800;

/** The training of every encoder of a run, from metrics.jsonl; none for weights from elsewhere. */
export async function trainingOf(paths: RunPaths, pairs: number): Promise<Curve[]> {
  const curves: Curve[] = [];
  const most = Math.max(2, Math.min(MOST_POINTS, Math.floor(MOST_OF_ALL / (2 * pairs))));
  for (let pair = 0; pair < pairs; pair++) {
    for (const encoder of ["f", "g"] as const) {
      const lines = await readMetrics(join(paths.encoder(encoder, pair), "metrics.jsonl"));
      if (lines.length > 0) curves.push({ pair, encoder, points: thin(lines, most), of: lines.length });
    }
  }
  return curves;
}

/** The lines of a metrics.jsonl in order; a last one that is being written, or was cut short, is left out. */
export async function readMetrics(path: string): Promise<Curve["points"]> {
  if (!existsSync(path)) return [];
  const points: Curve["points"] = [];
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const parsed = metricsPoint.safeParse(parse(line));
    if (parsed.success) points.push(parsed.data);
  }
  return points;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** At most so many (2 or more) of the values, evenly spaced, with the first and the last. */
function thin<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  const step = (values.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => values[Math.round(i * step)] as T);
}

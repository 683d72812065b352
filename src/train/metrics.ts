import { createReadStream, existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { writeWhole } from "../files/index.js";

export const METRICS_SCHEMA = "sslmem/metrics@2";

/** One line of metrics.jsonl. */
export interface MetricsLine {
  schema: typeof METRICS_SCHEMA;
  step: number;
  epoch: number;
  loss: number;
  /** The method's own numbers, by name. */
  metrics: Readonly<Record<string, number>>;
  learningRate: number;
  imagesPerSecond: number;
  /** Training time since step 0, over all calls. */
  seconds: number;
}

/** Adds a line to metrics.jsonl; metrics that are not finite, which JSON cannot say, are left out of it. */
export async function appendMetrics(path: string, line: MetricsLine): Promise<void> {
  const finite = Object.entries(line.metrics).filter(([, value]) => Number.isFinite(value));
  await appendFile(path, `${JSON.stringify({ ...line, metrics: Object.fromEntries(finite) })}\n`);
}

/** Drops lines after `step`, and a last line that an interruption cut short: they will be written again. */
export async function truncateMetrics(path: string, step: number): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return;
  const kept = text.split("\n").filter((line) => {
    try {
      return (JSON.parse(line) as MetricsLine).step <= step;
    } catch {
      return false;
    }
  });
  await writeWhole(path, kept.map((line) => `${line}\n`).join(""));
}

/** One line of metrics.jsonl; those of earlier versions have an accuracy in place of named metrics. */
export const metricsPoint = z.preprocess(
  withMetrics,
  z.object({
    step: z.int().min(0),
    epoch: z.number(),
    loss: z.number(),
    /** The method's own numbers, by name. */
    metrics: z.record(z.string(), z.number()),
    learningRate: z.number(),
    imagesPerSecond: z.number(),
  }),
);

export type MetricsPoint = z.infer<typeof metricsPoint>;

function withMetrics(line: unknown): unknown {
  if (typeof line !== "object" || line === null || "metrics" in line) return line;
  const { accuracy = null, ...rest } = line as { accuracy?: number | null };
  return { ...rest, metrics: accuracy === null ? {} : { accuracy } };
}

/** What metrics were called in earlier versions, where their names now mean something else: by method, former name → name. */
const FORMER: Readonly<Record<string, readonly [string, string]>> = {
  simsiam: ["spread", "projectionSpread"],
};

/**
 * The lines of a metrics.jsonl in order; a last one that is being written, or was cut short, is left out.
 *
 * @param method whose they are: earlier versions had other names for some of its metrics
 */
export async function readMetrics(path: string, method: string): Promise<MetricsPoint[]> {
  if (!existsSync(path)) return [];
  const points: MetricsPoint[] = [];
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const parsed = metricsPoint.safeParse(parse(line));
    if (parsed.success) points.push(withNames(parsed.data, method));
  }
  return points;
}

function withNames(point: MetricsPoint, method: string): MetricsPoint {
  const [before, now] = FORMER[method] ?? [];
  if (before === undefined || now === undefined || now in point.metrics || !(before in point.metrics))
    return point;
  const { [before]: value, ...others } = point.metrics;
  return { ...point, metrics: { ...others, [now]: value as number } };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

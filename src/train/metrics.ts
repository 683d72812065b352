import { appendFile, readFile } from "node:fs/promises";
import { writeWhole } from "../files/index.js";
import type { MetricsLine } from "./types.js";

export const METRICS_SCHEMA = "sslmem/metrics@2";

/** Adds a line to metrics.jsonl. */
export async function appendMetrics(path: string, line: MetricsLine): Promise<void> {
  await appendFile(path, `${JSON.stringify(line)}\n`);
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

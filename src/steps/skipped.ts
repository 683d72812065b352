import type { SkippedFile } from "../data/index.js";
import { writeWhole } from "../files/index.js";
import { foreign } from "../text/foreign.js";

/** More of them belong into the file. */
const NAMED = 3;

/** Writes skipped.jsonl: id and reason of every image that could not be read, one a line. */
export async function writeSkipped(path: string, skipped: readonly SkippedFile[]): Promise<void> {
  const lines = skipped.map(({ id, reason }) => `${JSON.stringify({ id, reason })}\n`);
  await writeWhole(path, lines.join(""));
}

/** The first of them with their reasons, and where all are. */
export function describeSkipped(skipped: readonly SkippedFile[], path: string): string {
  const named = skipped.slice(0, NAMED).map(({ id, reason }) => `${foreign(id)} (${reason})`);
  const more = skipped.length > NAMED ? ` and ${skipped.length - NAMED} more` : "";
  const all = `${skipped.length} unreadable ${skipped.length === 1 ? "image" : "images"}`;
  return `Skipped ${all}: ${named.join(", ")}${more}; listed in ${path}.`;
}

import { join } from "node:path";
import type { PartTask } from "./types.js";

/** Name of a part file: part-00003-of-00008.parquet. */
export function partName(part: number, parts: number): string {
  const digits = (value: number) => String(value).padStart(5, "0");
  return `part-${digits(part)}-of-${digits(parts)}.parquet`;
}

/**
 * Cuts the global order of images into parts of whole batches, so that a batch holds the same images however the work is
 * shared out. Parts beyond the number of batches are empty and left out.
 */
export function planParts(images: number, batch: number, parts: number, directory: string): PartTask[] {
  const batches = Math.ceil(images / batch);
  const count = Math.min(parts, batches);
  return Array.from({ length: count }, (_, part) => ({
    path: join(directory, partName(part, count)),
    first: Math.floor((part * batches) / count),
    end: Math.floor(((part + 1) * batches) / count),
  }));
}

import { partNamed } from "../../labels.js";
import type { DataPart } from "../../types.js";

/**
 * Parts by the words in the names of archives (`imagenet-train-000000.tar`, `val/0.tar`), where some of them name the
 * training part and others the test part; null where they do not. Archives that name neither are training images.
 */
export function partsByName(archives: readonly string[]): DataPart[] | null {
  const parts = archives.map((archive) => {
    const found = new Set(
      archive
        .replace(/\.tar$/i, "")
        .split(/[^A-Za-z]+/)
        .map(partNamed)
        .filter((part) => part !== undefined),
    );
    return found.size === 1 ? ([...found][0] as DataPart) : undefined;
  });
  if (!parts.includes("train") || !parts.includes("test")) return null;
  return parts.map((part) => part ?? "train");
}

import { existsSync } from "node:fs";
import { readMetadata } from "../tables/index.js";
import { runPaths } from "./paths.js";
import type { ScoreFiles } from "./score-files.js";

/** What lists of images need beside the scores: image facts and class names, where a run has them. */
export async function manifestFacts({
  root,
}: ScoreFiles): Promise<{ facts: string | null; labelNames: string[] | null }> {
  if (root === null) return { facts: null, labelNames: null };
  const paths = runPaths(root);
  const metadata = existsSync(paths.manifest) ? await readMetadata(paths.manifest) : {};
  const { labelNames = null } = JSON.parse(metadata.facts ?? "{}") as { labelNames?: string[] | null };
  return { facts: existsSync(paths.facts) ? paths.facts : null, labelNames };
}

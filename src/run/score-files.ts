import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { SslMemError } from "../errors.js";
import { checkGiven } from "../text/given.js";
import { runPaths } from "./paths.js";

/** Where scores lie: a run, a folder of parts, or one Parquet file. */
export interface ScoreFiles {
  /** Last part of the path, for tables. */
  name: string;
  /** The run directory, if it is one. */
  root: string | null;
  /** All parts, of all pairs, in a fixed order. */
  parts: string[];
}

/** Finds the score parts at a path. Throws SslMemError USAGE when nothing is there, DATA when there are no parts, or not all. */
export async function findScores(path: string): Promise<ScoreFiles> {
  checkGiven("findScores", { path }, ["path"]);
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new SslMemError(
      "USAGE",
      `Expected a run, a folder of score parts or a Parquet file but there is nothing at ${path}.`,
    );
  const name = basename(resolve(path));
  if (found.isFile()) return { name, root: null, parts: [path] };
  const isRun = existsSync(join(path, "config.json"));
  const parts = await partsIn(isRun ? runPaths(path).scores : path);
  if (parts.length === 0) {
    throw new SslMemError(
      "DATA",
      `Expected score parts in ${path} but there are none.`,
      isRun ? `sslmem score --run ${path}` : undefined,
    );
  }
  checkComplete(path, parts);
  return { name, root: isRun ? path : null, parts };
}

async function partsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  return names
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => join(folder, name));
}

/** Names say how many parts there are: a run that is still scoring must not be taken for a small one. */
function checkComplete(path: string, parts: readonly string[]): void {
  const folders = new Map<string, { expected: number; found: number }>();
  for (const part of parts) {
    const total = /part-\d+-of-(\d+)\.parquet$/.exec(part)?.[1];
    if (total === undefined) continue;
    const folder = part.slice(0, -basename(part).length);
    const known = folders.get(folder) ?? { expected: Number(total), found: 0 };
    folders.set(folder, { ...known, found: known.found + 1 });
  }
  for (const [folder, { expected, found }] of folders) {
    if (found !== expected)
      throw new SslMemError(
        "DATA",
        `Expected ${expected} score parts in ${folder} but found ${found}.`,
        `sslmem score --run ${path}`,
      );
  }
}

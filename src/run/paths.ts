import { join } from "node:path";
import { checkGiven } from "../text/given.js";

/** Where the files of a run lie (design, section 3). */
export interface RunPaths {
  readonly root: string;
  readonly config: string;
  readonly environment: string;
  readonly manifest: string;
  /** What the data set was taken for, and what was left out of it. */
  readonly listing: string;
  /** Images that could not be read, and why; only there if there are any. */
  readonly skipped: string;
  readonly split: string;
  /** Folder of all score parts; those of the first pair lie in it. */
  readonly scores: string;
  readonly analysis: string;
  /** Every point with its errors and intervals. */
  readonly points: string;
  readonly sheet: string;
  readonly report: string;
  readonly reportJson: string;
  /** LayerMem, UnitMem and ClassMem, and the folder of their tables. */
  readonly localize: string;
  readonly localizeTables: string;
  /** The scores at every layer, one of those tables. */
  readonly layers: string;
  /** Image facts and pairs of near-duplicates, for slices. */
  readonly facts: string;
  readonly duplicates: string;
  /** Folder of one encoder's checkpoints; pairs are counted from 0, and the first one's folders are just f and g. */
  encoder(role: "f" | "g", pair: number): string;
  /** Folder of one pair's score parts. */
  pairScores(pair: number): string;
}

/** The paths inside a run directory. Creates nothing. */
export function runPaths(root: string): RunPaths {
  checkGiven("runPaths", { root }, ["root"]);
  return {
    root,
    config: join(root, "config.json"),
    environment: join(root, "environment.json"),
    manifest: join(root, "manifest.parquet"),
    listing: join(root, "listing.json"),
    skipped: join(root, "skipped.jsonl"),
    split: join(root, "split.parquet"),
    scores: join(root, "scores"),
    analysis: join(root, "analysis.json"),
    points: join(root, "points.parquet"),
    sheet: join(root, "sheet.png"),
    report: join(root, "report.html"),
    reportJson: join(root, "report.json"),
    localize: join(root, "localize.json"),
    localizeTables: join(root, "localize"),
    layers: join(root, "localize", "layers.parquet"),
    facts: join(root, "facts.parquet"),
    duplicates: join(root, "duplicates.parquet"),
    encoder: (role, pair) => join(root, pair === 0 ? role : `pair-${pair}/${role}`),
    pairScores: (pair) => join(root, "scores", ...(pair === 0 ? [] : [`pair-${pair}`])),
  };
}

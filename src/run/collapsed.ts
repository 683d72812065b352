import { join } from "node:path";
import type { Settings } from "../config/all-settings.js";
import { collapseOf } from "../train/collapse.js";
import { readMetrics } from "../train/metrics.js";
import type { RunPaths } from "./paths.js";

/** A sentence for each encoder of a run whose training has collapsed, by what its metrics.jsonl says last; none for weights from elsewhere. */
export async function collapsedEncoders(
  paths: Pick<RunPaths, "encoder">,
  settings: Pick<Settings, "method" | "epochs" | "pairs" | "f">,
): Promise<string[]> {
  if (settings.f !== null) return [];
  const found: string[] = [];
  for (let pair = 0; pair < settings.pairs; pair++)
    for (const encoder of ["f", "g"] as const) {
      const said = collapseOf(
        await readMetrics(join(paths.encoder(encoder, pair), "metrics.jsonl"), settings.method),
        settings,
      );
      if (said !== null) found.push(collapsedEncoder(encoder, pair, settings.pairs, said));
    }
  return found;
}

/** @param said as collapseOf has it @param pairs in all */
export const collapsedEncoder = (encoder: "f" | "g", pair: number, pairs: number, said: string): string =>
  `${encoder}${pairs === 1 ? "" : ` of pair ${pair}`}: ${said}`;

import type { Settings } from "../config/all-settings.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { latestNetwork } from "../train/index.js";
import type { RunPaths } from "./paths.js";

/** Which of a trained encoder's networks a run is scored by. */
export interface ScoredNetwork {
  /** What --network says. */
  readonly chosen: NetworkChoice;
  /** What that comes to. */
  readonly network: "trained" | "average";
  /** Prefix of its arrays in the training; "" for the trained encoder. */
  readonly arrays: string;
}

/** The same out of a run's files; null for weights from elsewhere, and where nothing has been trained. Throws as latestNetwork. */
export async function scoredNetwork(
  paths: Pick<RunPaths, "encoder">,
  { f, network: chosen }: Pick<Settings, "f" | "network">,
): Promise<ScoredNetwork | null> {
  if (f !== null) return null;
  const found = await latestNetwork(paths.encoder("f", 0), chosen);
  return found && { chosen, network: found.network, arrays: found.arrays };
}

/** A few words about it: "the trained encoder", "the moving average under state.teacher. (--network average)". */
export function describeNetwork({ chosen, network, arrays }: ScoredNetwork): string {
  const words = network === "trained" ? "the trained encoder" : `the moving average under ${arrays}`;
  return chosen === "auto" ? `${words}, as the method declares` : `${words} (--network ${chosen})`;
}

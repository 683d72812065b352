import type { Settings } from "../config/all-settings.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { latestNetwork } from "../train/index.js";
import type { RunPaths } from "./paths.js";

/** Which of a method's networks the scores of a run are of. */
export interface ScoredNetwork {
  /** What --network says. */
  readonly chosen: NetworkChoice;
  /** What that comes to: "encoder", or the prefix of the copy in the method's state that stands for it: "state.teacher.". */
  readonly network: string;
  /** The same in words. */
  readonly sentence: string;
}

/**
 * What of a run's own encoders is scored; null where there are none (weights from elsewhere).
 *
 * @param settings of the run; default: what the method declares
 * @throws SslMemError as latestNetwork
 */
export async function scoredNetwork(
  paths: Pick<RunPaths, "encoder">,
  { f, network: chosen }: Pick<Settings, "f" | "network"> = { f: null, network: "auto" },
): Promise<ScoredNetwork | null> {
  if (f !== null) return null;
  const found = await latestNetwork(paths.encoder("f", 0), chosen);
  if (found === null) return null;
  const asked = chosen === "auto" ? "" : ` (--network ${chosen})`;
  if (found.arrays === "")
    return {
      chosen,
      network: "encoder",
      sentence: `What is scored are the trained encoders themselves${asked}.`,
    };
  const name = found.arrays.replace(/^state\./, "").replace(/\.$/, "");
  return {
    chosen,
    network: found.arrays,
    sentence: `What is scored is the method's copy of each encoder that it calls "${name}" (a running average, say), not the encoder that its loss trains${asked}.`,
  };
}

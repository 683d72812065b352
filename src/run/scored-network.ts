import { latestExports } from "../train/index.js";
import type { RunPaths } from "./paths.js";

/** Which of a method's networks the scores of a run are of. */
export interface ScoredNetwork {
  /** "encoder", or the prefix of the copy in the method's state that stands for it: "state.teacher.". */
  readonly network: string;
  /** The same in words. */
  readonly sentence: string;
}

/** What a run's own encoders hold; null where there are none (weights from elsewhere). Throws SslMemError DATA as readCheckpoint. */
export async function scoredNetwork(paths: Pick<RunPaths, "encoder">): Promise<ScoredNetwork | null> {
  const exports = await latestExports(paths.encoder("f", 0));
  if (exports === null) return null;
  if (exports === "")
    return { network: "encoder", sentence: "What is scored are the trained encoders themselves." };
  const name = exports.replace(/^state\./, "").replace(/\.$/, "");
  return {
    network: exports,
    sentence: `What is scored is the method's copy of each encoder that it calls "${name}" (a running average, say), not the encoder that its loss trains.`,
  };
}

import { SslMemError } from "../errors.js";
import type { ProbedEncoder } from "../evaluate/index.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { latestNetwork } from "../train/index.js";
import { runPaths } from "./paths.js";

/**
 * The newest weights of every encoder of a run. Throws SslMemError DATA when there are none; USAGE for a network that the
 * method does not keep.
 *
 * @param network which of an encoder's networks; default: what the method declares
 */
export async function encodersOfRun(
  root: string,
  pairs: number,
  network: NetworkChoice = "auto",
): Promise<ProbedEncoder[]> {
  const found: ProbedEncoder[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    for (const encoder of ["f", "g"] as const) {
      const there = await latestNetwork(runPaths(root).encoder(encoder, pair), network);
      if (there !== null) found.push({ encoder, pair, weights: there.weights });
    }
  }
  if (found.length > 0) return found;
  throw new SslMemError(
    "DATA",
    `Expected trained encoders in ${root} but there are none.`,
    `sslmem train --run ${root}`,
  );
}

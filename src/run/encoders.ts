import { SslMemError } from "../errors.js";
import type { ProbedEncoder } from "../evaluate/index.js";
import { latestWeights } from "../train/index.js";
import { runPaths } from "./paths.js";

/** The newest weights of every encoder of a run. Throws SslMemError DATA when there are none. */
export async function encodersOfRun(root: string, pairs: number): Promise<ProbedEncoder[]> {
  const found: ProbedEncoder[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    for (const encoder of ["f", "g"] as const) {
      const weights = await latestWeights(runPaths(root).encoder(encoder, pair));
      if (weights !== null) found.push({ encoder, pair, weights });
    }
  }
  if (found.length > 0) return found;
  throw new SslMemError(
    "DATA",
    `Expected trained encoders in ${root} but there are none.`,
    `sslmem train --run ${root}`,
  );
}

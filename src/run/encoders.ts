import { resolveSettings } from "../config/resolve.js";
import { Manifest, Split } from "../data/index.js";
import { SslMemError } from "../errors.js";
import type { ProbedEncoder } from "../evaluate/index.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { checkGiven } from "../text/given.js";
import { checkTrained, imagesDigest, latestNetwork, latestStep, pairIndices } from "../train/index.js";
import { ENVIRONMENT_SCHEMA, lastFailure, type Session } from "./environment.js";
import { readJson } from "./json.js";
import { type RunPaths, runPaths } from "./paths.js";
import { readRecord } from "./record.js";
import { pairPlan } from "./training-plan.js";

/**
 * The newest weights of every encoder of a run, whether its training has been finished or not.
 *
 * @param network which of an encoder's networks; default: what the method declares
 * @throws SslMemError DATA when there are none, when the run's training has diverged, and as checkTrained for weights that it
 *   did not write; USAGE for a network that the method does not keep
 */
export async function encodersOfRun(
  root: string,
  pairs: number,
  network: NetworkChoice = "auto",
): Promise<ProbedEncoder[]> {
  checkGiven("encodersOfRun", { root, pairs }, ["root", "pairs"]);
  const paths = runPaths(root);
  const found: (ProbedEncoder & { encoder: "f" | "g" })[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    for (const encoder of ["f", "g"] as const) {
      const there = await latestNetwork(paths.encoder(encoder, pair), network);
      if (there !== null) found.push({ encoder, pair, weights: there.weights });
    }
  }
  if (found.length === 0)
    throw new SslMemError(
      "DATA",
      `Expected trained encoders in ${root} but there are none.`,
      `sslmem train --run ${root}`,
    );
  const indices = pairIndices(await Split.read(paths.split, await Manifest.read(paths.manifest)));
  for (const { encoder, pair } of found)
    await checkTrained(paths.encoder(encoder, pair), imagesDigest(indices[encoder]));
  await checkConverged(paths, found, { f: indices.f.length, g: indices.g.length });
  return found;
}

/** Refuses encoders that are not trained to the end since a loss or an array was not finite. */
async function checkConverged(
  paths: RunPaths,
  encoders: readonly { encoder: "f" | "g"; pair: number }[],
  images: Readonly<Record<"f" | "g", number>>,
): Promise<void> {
  const environment = await readJson(paths.environment, ENVIRONMENT_SCHEMA);
  const failure = lastFailure((environment?.sessions ?? []) as Session[]);
  const record = await readRecord(paths.config);
  if (failure?.exit !== 5 || record === null) return;
  const { steps } = pairPlan(resolveSettings({ flags: new Map(), recorded: record }), images);
  for (const { encoder, pair } of encoders) {
    if ((await latestStep(paths.encoder(encoder, pair))) === steps[encoder]) continue;
    throw new SslMemError(
      "DATA",
      `Expected trained encoders in ${paths.root} but its training has diverged: ${failure.message}`,
      `sslmem train --run ${paths.root}, with ${failure.hint ?? "other settings and --force"}`,
    );
  }
}

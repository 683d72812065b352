import { join, resolve } from "node:path";
import type { Settings } from "../config/all-settings.js";
import { SslMemError } from "../errors.js";
import { type Call, textFlag } from "./verb.js";

/** Refuses flags that choose among a run's encoders beside --weights: a file is taken as it is. Throws SslMemError USAGE. */
export function checkRunFlags(call: Call, weights: string | undefined): void {
  const network = call.flags.get("network");
  const isGiven = {
    network: network !== undefined && network !== "auto",
    encoder: "encoder" in call.own,
    pair: "pair" in call.own,
  };
  const given = Object.entries(isGiven).find(([, is]) => is)?.[0];
  if (weights === undefined || given === undefined) return;
  throw new SslMemError(
    "USAGE",
    `Expected --${given} with --run, which has several encoders, but received it with --weights ${weights}.`,
    `--run runs/mine in place of --weights, or no --${given}`,
  );
}

/** `--encoder f`, `--pair 0`: one of the encoders of a run. Throws SslMemError USAGE. @param pairs of the run */
export function encoderFlags(call: Call, pairs: number): { encoder: "f" | "g"; pair: number } {
  const [encoder, text] = [textFlag(call, "encoder") ?? "f", textFlag(call, "pair") ?? "0"];
  if (encoder !== "f" && encoder !== "g")
    throw new SslMemError("USAGE", `Expected f or g for --encoder but received "${encoder}".`);
  if (/^\d+$/.test(text) && Number(text) < pairs) return { encoder, pair: Number(text) };
  throw new SslMemError(
    "USAGE",
    `Expected a pair in [0, ${pairs - 1}] for --pair, since the run has ${pairs}, but received "${text}".`,
    "--pair 0",
  );
}

/** Help of these flags. */
export const ENCODER_FLAGS = {
  encoder: { describe: "Which encoder of the run: f or g", group: "Model:", defaultDescription: "f" },
  pair: { describe: "Which pair of the run, from 0", group: "Model:", defaultDescription: "0" },
} as const;

/** The weights of the encoder that --encoder and --pair name. Throws SslMemError USAGE and DATA as encodersOfRun. */
export async function weightsOfRun(call: Call, root: string, settings: Settings): Promise<string> {
  const { encoder, pair } = encoderFlags(call, settings.pairs);
  const { encodersOfRun } = await import("../run/encoders.js");
  const all = await encodersOfRun(resolve(root), settings.pairs, settings.network);
  const found = all.find((one) => one.encoder === encoder && one.pair === pair);
  if (found !== undefined) return found.weights;
  throw new SslMemError(
    "DATA",
    `Expected a trained encoder ${encoder} of pair ${pair} in ${join(root)} but it has not been trained.`,
    `sslmem train --run ${root}`,
  );
}

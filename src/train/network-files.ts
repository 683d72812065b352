import { SslMemError } from "../errors.js";
import { readSafetensors } from "../nn/index.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { type CheckpointFile, filesOf } from "./checkpoint.js";

/** One of the networks that a training leaves. */
export interface TrainedNetwork {
  /** Path of a file that holds it, and no other whole network: safetensors. */
  readonly weights: string;
  readonly network: "trained" | "average";
  /** Prefix of its arrays in the training: "" for the encoder that gradients changed, "state.teacher." or the like for an average. */
  readonly arrays: string;
}

/**
 * The network of a directory's newest checkpoint that is asked for; null where there is no checkpoint.
 *
 * @throws SslMemError USAGE where an average is asked for and the method keeps none; DATA as checkpoints are read
 */
export async function latestNetwork(
  directory: string,
  choice: NetworkChoice,
): Promise<TrainedNetwork | null> {
  const files = await filesOf(directory);
  if (files === null) return null;
  const { exports, pathOf } = files;
  const at = (file: CheckpointFile, arrays: string): TrainedNetwork => ({
    weights: pathOf(file),
    network: arrays === "" ? "trained" : "average",
    arrays,
  });
  if (choice === "auto" || (choice === "average") === (exports !== "")) return at("weights", exports);
  if (choice === "trained") return at("encoder", "");
  const state = files.has("state") ? await namesIn(pathOf("state")) : new Set<string>();
  const prefix = prefixOfCopy(await namesIn(pathOf("weights")), state);
  if (prefix === null) throw noAverage(`the training in ${directory}`);
  return at("state", prefix);
}

/** The prefix under which all of an encoder's arrays are among those of a state; null where it has no whole copy. */
export function prefixOfCopy(encoder: ReadonlySet<string>, state: ReadonlySet<string>): string | null {
  const [first = ""] = encoder;
  const prefixes = [...state].flatMap((name) => (name.endsWith(first) ? [name.slice(0, -first.length)] : []));
  return prefixes.find((prefix) => [...encoder].every((name) => state.has(prefix + name))) ?? null;
}

/** @param what keeps none */
export const noAverage = (what: string): SslMemError =>
  new SslMemError(
    "USAGE",
    `Expected a method that keeps a moving average of its encoder for --network average but ${what} keeps none.`,
    "--network auto takes what the method declares; --network trained the encoder itself",
  );

async function namesIn(path: string): Promise<Set<string>> {
  const { tensors, others } = await readSafetensors(path, { wanted: () => false });
  return new Set([...tensors.keys(), ...others.keys()]);
}

import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { contractBroken } from "../faults/index.js";
import type { Pooling, PoolingChoice } from "./poolings.js";
import type { Features, Network } from "./types.js";

/** The poolings that a network's features have, pooled first. */
export function poolingsOf({ map = false, tokens }: Network): Pooling[] {
  return [
    "pooled",
    ...(map ? (["map"] as const) : []),
    ...(tokens?.classToken ? (["cls"] as const) : []),
    ...(tokens === undefined ? [] : (["mean", "all"] as const)),
  ];
}

/** What scoring compares: the choice, or for auto what the network says. */
export function scoredBy(network: Network, choice: PoolingChoice): Pooling {
  return choice === "auto" ? (network.scored ?? "pooled") : choice;
}

/** What classifiers, kNN and tables of embeddings work with: the choice, or for auto the pooled representation. */
export function probedBy(choice: PoolingChoice): Pooling {
  return choice === "auto" ? "pooled" : choice;
}

/** Refuses a pooling that a network does not have. @param name of its architecture @throws SslMemError USAGE */
export function checkPooling(name: string, network: Network, choice: PoolingChoice): void {
  const there = poolingsOf(network);
  if (choice === "auto" || there.includes(choice)) return;
  throw new SslMemError(
    "USAGE",
    `Expected one of auto, ${there.join(", ")} for the pooling of ${name} but received "${choice}".`,
    `--pooling auto is what ${name} is scored by: ${scoredBy(network, "auto")}`,
  );
}

/**
 * The vectors of n views: float32 [n, length].
 *
 * @param network whose features they are @param pooling one of poolingsOf(network)
 * @throws SslMemError USAGE for features without what the network says that they have
 */
export function represent(network: Network, features: Features, pooling: Pooling): tf.Tensor2D {
  if (pooling === "pooled") return features.pooled;
  const whole = pooling === "map" ? features.map : features.tokens;
  if (whole === undefined)
    throw contractBroken(`Expected features for the pooling ${pooling} but there are none.`);
  if (pooling === "map" || pooling === "all") return flat(whole);
  const tokens = whole as tf.Tensor3D;
  if (pooling === "cls") return flat(tf.slice(tokens, [0, 0, 0], [-1, 1, -1]));
  const others = network.tokens?.classToken ? tf.slice(tokens, [0, 1, 0], [-1, -1, -1]) : tokens;
  return tf.mean(others, 1);
}

const flat = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.shape[0] as number, -1]);

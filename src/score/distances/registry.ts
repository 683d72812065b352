import type { Distance } from "../../native/addon.js";
import { namedIn } from "../../text/named-in.js";
import type { DistanceDefinition } from "./types.js";

/** Those of the native core; all of them, or this does not compile. */
const NATIVE: { [Name in Distance]: string } = {
  l2: "Euclidean, |u - v|; the paper's",
  cosine: "1 - cos(u, v)",
  angular: "arccos(cos(u, v)) / pi",
  l1: "sum of |u_k - v_k|",
};

export const DISTANCES: readonly DistanceDefinition[] = [
  ...Object.entries(NATIVE).map(([name, summary]) => ({ name, summary })),
];

/** Names of the distances. */
export const distanceNames = (): string[] => DISTANCES.map(({ name }) => name);

/** The distance of that name. Throws SslMemError USAGE for an unknown one. */
export function getDistance(name: string): DistanceDefinition {
  return namedIn(DISTANCES, name, "distance");
}

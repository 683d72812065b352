import { SslMemError } from "../../errors.js";
import type { DistanceDefinition } from "./types.js";

const NATIVE: readonly DistanceDefinition[] = [
  { name: "l2", summary: "Euclidean, |u - v|; the paper's" },
  { name: "cosine", summary: "1 - cos(u, v)" },
  { name: "angular", summary: "arccos(cos(u, v)) / pi" },
  { name: "l1", summary: "sum of |u_k - v_k|" },
];

export const DISTANCES: readonly DistanceDefinition[] = [...NATIVE];

/** Names of the distances. */
export const distanceNames = (): string[] => DISTANCES.map(({ name }) => name);

/** The distance of that name. Throws SslMemError USAGE for an unknown one. */
export function getDistance(name: string): DistanceDefinition {
  const found = DISTANCES.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${distanceNames().join(", ")} for the distance but received "${name}".`,
    "sslmem list distances",
  );
}

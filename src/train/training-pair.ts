import type { Split } from "../data/index.js";

/**
 * The training images of both encoders in matching positions: shared images first, then the candidates for f and, in
 * their places, the independent images for g. With equal order seeds the two encoders then see the same shared images at
 * the same steps.
 */
export function pairIndices(split: Split): { f: Uint32Array; g: Uint32Array } {
  const shared = split.indices("shared");
  const join = (own: Uint32Array) => Uint32Array.from([...shared, ...own]);
  return { f: join(split.indices("candidate")), g: join(split.indices("independent")) };
}

/**
 * Seeds of an encoder: pair p uses seed + p. f and g share theirs, so that they differ by data only, unless `independent`
 * gives g seeds of its own.
 */
export function pairSeeds(
  seed: number,
  pair: number,
  role: "f" | "g",
  independent: boolean,
): { seed: number; orderSeed: number } {
  const own = seed + pair + (independent && role === "g" ? 1_000_003 : 0);
  return { seed: own, orderSeed: own };
}

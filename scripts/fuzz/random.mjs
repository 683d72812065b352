// Random numbers of the fuzzer: a function of the seed alone, on every machine.
import { createHash } from "node:crypto";

/** A generator for the case named by the parts, such as (seed, "tar", 17): sfc32 keyed by their SHA-256. */
export function randomOf(...parts) {
  const key = createHash("sha256").update(JSON.stringify(parts)).digest();
  const state = Uint32Array.from([0, 4, 8, 12], (at) => key.readUInt32LE(at));
  const next = () => {
    const sum = (state[0] + state[1] + state[3]) >>> 0;
    state[3] += 1;
    state[0] = state[1] ^ (state[1] >>> 9);
    state[1] = state[2] + (state[2] << 3);
    state[2] = ((state[2] << 21) | (state[2] >>> 11)) + sum;
    return sum;
  };
  const below = (n) => Math.floor((next() / 2 ** 32) * n);
  return {
    /** Integer in [0, n). */
    below,
    /** Integer in [low, high]. */
    between: (low, high) => low + below(high - low + 1),
    /** True with that probability. */
    chance: (p) => next() / 2 ** 32 < p,
    pick: (list) => list[below(list.length)],
    bytes: (n) => Buffer.from(Uint8Array.from({ length: n }, () => below(256))),
  };
}

import { keyOf, randomUniform } from "../native/index.js";

const BLOCK = 8192;
/** Float32 uniforms are multiples of 2^-24; two make one number with 48 random bits. */
const STEP = 2 ** -24;

/**
 * Uniform numbers on (0, 1) one after the other, from Philox: what comes depends on the seed and the stream's number
 * alone, so that one statistic's resamples do not move when another one is added.
 */
export function uniformStream(seed: number, stream: number): () => number {
  const block = new Float32Array(BLOCK);
  let used = BLOCK;
  let blocks = 0;
  return () => {
    if (used === BLOCK) {
      randomUniform(keyOf("bootstrap", seed, { epoch: stream, sample: blocks }), block);
      blocks += 1;
      used = 0;
    }
    const high = block[used] as number;
    const low = block[used + 1] as number;
    used += 2;
    return high + STEP * low + STEP * STEP * 0.5;
  };
}

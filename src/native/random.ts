import type { MaskRequest, RandomKey } from "./addon.js";
import { call } from "./call.js";
import { loadBinding } from "./load.js";

/** Fills `out` with uniform numbers on [0, 1), multiples of 2^-24, of the stream that `key` names. Returns it. */
export function randomUniform(key: RandomKey, out: Float32Array): Float32Array {
  call(() => loadBinding().randomUniform(key, out));
  return out;
}

/** Fills `out` with standard normal numbers of the stream that `key` names. Returns it. */
export function randomNormal(key: RandomKey, out: Float32Array): Float32Array {
  call(() => loadBinding().randomNormal(key, out));
  return out;
}

/** Fills `out` with a uniform permutation of 0 .. out.length - 1. Returns it. */
export function randomPermutation(key: RandomKey, out: Uint32Array): Uint32Array {
  call(() => loadBinding().randomPermutation(key, out));
  return out;
}

/**
 * Patches that a masked autoencoder keeps (He et al. 2022, section 3): the first `keep` of argsort(noise).
 *
 * @param patches number of patches of a view, e.g. 196
 * @param keep how many stay visible, in [1, patches]
 * @returns [samples, views, keep]
 */
export function patchMasks(request: MaskRequest, patches: number, keep: number): Uint32Array {
  return call(() => {
    const out = new Uint32Array(request.samples.length * request.views * keep);
    loadBinding().patchMasks(request, patches, keep, out);
    return out;
  });
}

/** The native core, typed. Loading it is put off to the first call (load.ts); importing this never fails. */
import type { BuildInfo } from "./addon.js";
import { loadBinding } from "./load.js";

export type {
  AlignmentResult,
  BuildInfo,
  Distance,
  MaskRequest,
  RandomKey,
  ViewRequest,
  ViewScheme,
} from "./addon.js";
export type { AlignmentOptions } from "./alignment.js";
export { alignment, alignments, leftOutUnits, nativeDistances, viewSchemes } from "./alignment.js";
export { createPack, openPack, Pack } from "./packed-images.js";
export { type Purpose, purposes } from "./purposes.js";
export { patchMasks, randomNormal, randomPermutation, randomUniform } from "./random.js";
export { keyOf, STREAMS, type Stream, type StreamName, viewKeys } from "./streams.js";
export { applyViews, augment, Chain, createChain, drawViews } from "./view-batch.js";

/** Version, compiler and instruction set of the compiled core. Throws SslMemError ENGINE if it cannot be loaded. */
export function buildInfo(): BuildInfo {
  return loadBinding().buildInfo();
}

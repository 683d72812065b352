/**
 * What build/Release/sslmem.node exports: every name with its shapes, dtypes, ownership and thread. Use
 * src/native/index.ts; this is the layer below it. native/addon/exports.h declares the other side.
 *
 * Common to all:
 * - a wrong kind of argument throws a TypeError, a wrong value a RangeError, both as "Expected X for name but
 *   received Y"; a released handle, or memory that a running call uses, an Error;
 * - integers are numbers; seeds in [0, 2^53 - 1];
 * - functions that return a Promise compute on threads of their own. Small inputs are copied before they return,
 *   the arrays called "borrowed" are kept alive until the promise settles and must not be written (inputs), read or
 *   written (outputs), transferred or resized before that;
 * - `abort` is an Int32Array (it may lie on a SharedArrayBuffer): non-zero in element 0 makes the call reject with an
 *   AbortError between two images or samples; null: cannot be aborted;
 * - `threads`: 0 or left out means one per hardware thread. Threads never change a result.
 */
declare const chainBrand: unique symbol;
declare const packBrand: unique symbol;

/** A chain of transforms. Freed when collected. */
export type ChainHandle = { readonly [chainBrand]: true };
/** A list of decoded images. Freed when released or collected, after the calls that use it. */
export type PackHandle = { readonly [packBrand]: true };

/** Names one random stream. */
export interface RandomKey {
  /** [0, 2^53 - 1] */
  seed: number;
  /** [0, 255], see purposes.ts */
  purpose: number;
  /** [0, 2^32 - 1] */
  epoch: number;
  /** [0, 2^32 - 1]: index of the image in the manifest */
  sample: number;
  /** [0, 2^24 - 1] */
  view: number;
}

/** Which views of which images: view v of image i has the key (seed, purpose, epoch, samples[i], firstView + v). */
export interface ViewRequest {
  seed: number;
  purpose: number;
  epoch: number;
  /** [images] position of each image in the pack; copied */
  slots: Uint32Array;
  /** [images] its index in the manifest; copied */
  samples: Uint32Array;
  firstView: number;
  /** at least 1; firstView + views at most 2^24 */
  views: number;
  threads?: number;
}

export interface MaskRequest {
  seed: number;
  purpose: number;
  epoch: number;
  /** [samples] */
  samples: Uint32Array;
  firstView: number;
  views: number;
}

export type Distance = "l2" | "cosine" | "angular" | "l1";
export type ViewScheme = "pairs" | "original" | "disjoint";

export interface BindingAlignmentOptions {
  /** 1 to 4; all are computed in one pass */
  distances: readonly Distance[];
  scheme: ViewScheme;
  normalize: boolean;
  keepPairs: boolean;
  threads: number;
}

/** Alignment losses under one distance; fresh arrays. See src/native/alignment.ts for their meaning. */
export interface AlignmentResult {
  /** [samples] */
  loss: Float64Array;
  /** [samples] */
  standardError: Float64Array;
  /** [samples, left out] */
  leaveOneOut: Float64Array;
  /** [samples, pairs], or null without keepPairs */
  pairs: Float64Array | null;
}

export interface BuildInfo {
  /** version of package.json when the core was built */
  coreVersion: string;
  compiler: string;
  napiVersion: number;
  /** the instruction set whose code runs on this machine */
  simd: "baseline" | "avx2" | "avx512" | "neon";
  hardwareThreads: number;
}

export interface Binding {
  buildInfo(): BuildInfo;

  /** out [any]: uniform on [0, 1), multiples of 2^-24; filled in place. */
  randomUniform(key: RandomKey, out: Float32Array): void;
  /** out [any]: standard normal; filled in place. */
  randomNormal(key: RandomKey, out: Float32Array): void;
  /** out [n]: a uniform permutation of 0 .. n - 1; filled in place. */
  randomPermutation(key: RandomKey, out: Uint32Array): void;
  /** out [samples, views, keep]: the patches (of `patches`) that a masked autoencoder keeps, in the order of their noise. */
  patchMasks(request: MaskRequest, patches: number, keep: number, out: Uint32Array): void;

  /** transforms: src/augment/specs.ts; TypeError or RangeError naming what is not as described there. */
  createChain(transforms: readonly object[]): ChainHandle;
  /** Size in pixels of every view of the chain. */
  chainInfo(chain: ChainHandle): { height: number; width: number };

  /** pixels: uint8 RGB [height, width, 3] of all images one after the other; copied. heights, widths [images]. */
  createPack(pixels: Uint8Array, heights: Uint32Array, widths: Uint32Array): PackHandle;
  /** Maps a packed file (format: native/core/packed_images.h); Error naming the file when it is malformed. */
  openPack(path: string): PackHandle;
  /** manifestHash: SHA-256 in hex that a packed file was written for; null in memory. bytes: of pixels, or of the file. */
  packInfo(pack: PackHandle): { images: number; manifestHash: string | null; bytes: number };
  /** pixels: a copy, uint8 [height, width, 3]. */
  packImage(pack: PackHandle, slot: number): { height: number; width: number; pixels: Uint8Array };
  /** Calls that run finish first; a second release does nothing. */
  releasePack(pack: PackHandle): void;

  /** [images][views][operations]. On the calling thread. */
  drawViews(chain: ChainHandle, pack: PackHandle, request: ViewRequest): object[][][];
  /** out [images, views, height, width, 3], borrowed: the views. */
  augment(
    chain: ChainHandle,
    pack: PackHandle,
    request: ViewRequest,
    out: Float32Array,
    abort: Int32Array | null,
  ): Promise<void>;
  /** lists: the operations of each slot, all of one output size. out [slots, height, width, 3], borrowed. */
  applyViews(
    lists: readonly (readonly object[])[],
    pack: PackHandle,
    slots: Uint32Array,
    out: Float32Array,
    abort: Int32Array | null,
    threads?: number,
  ): Promise<void>;
  /** representations [samples, views, dim], borrowed. One result for each of options.distances. */
  alignment(
    representations: Float32Array,
    samples: number,
    views: number,
    dim: number,
    options: BindingAlignmentOptions,
    abort: Int32Array | null,
  ): Promise<AlignmentResult[]>;
}

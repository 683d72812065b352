import type { ChainHandle, ViewRequest } from "./addon.js";
import { call, callAsync } from "./call.js";
import { loadBinding } from "./load.js";
import type { Pack } from "./packed-images.js";

/** A chain of random transforms with one output size. Made by createChain; freed when it is collected. */
export class Chain {
  /** Size of every view, in pixels. */
  readonly height: number;
  readonly width: number;

  constructor(readonly handle: ChainHandle) {
    const { height, width } = call(() => loadBinding().chainInfo(handle));
    this.height = height;
    this.width = width;
  }
}

/**
 * @param transforms what src/augment/specs.ts describes
 * @throws SslMemError USAGE, naming the transform and the field, when one is unknown or out of its range
 */
export function createChain(transforms: readonly object[]): Chain {
  return new Chain(call(() => loadBinding().createChain(transforms)));
}

/** The operations of every requested view: [images][views][operations], in the terms of torchvision's functional. */
export function drawViews<Op = Record<string, unknown>>(
  chain: Chain,
  pack: Pack,
  request: ViewRequest,
): Op[][][] {
  return call(() => loadBinding().drawViews(chain.handle, pack.handle, request)) as Op[][][];
}

/**
 * Makes the requested views, off the JavaScript thread.
 *
 * @param options.out [images, views, height, width, 3]; a new array when left out. Leave it alone until the promise
 *   settles.
 * @returns `out`: float32, on the [0, 1] scale unless the chain normalises
 * @throws SslMemError USAGE; the signal's reason when aborted
 */
export async function augment(
  chain: Chain,
  pack: Pack,
  request: ViewRequest,
  options: { out?: Float32Array; signal?: AbortSignal } = {},
): Promise<Float32Array> {
  const out =
    options.out ??
    call(() => new Float32Array(request.slots.length * request.views * chain.height * chain.width * 3));
  await callAsync(options.signal, (abort) =>
    loadBinding().augment(chain.handle, pack.handle, request, out, abort),
  );
  return out;
}

/**
 * Applies explicit operations (as drawViews gives them), one list per slot, off the JavaScript thread.
 *
 * @param lists [slots][operations]; all must lead to one output size
 * @param out [slots, height, width, 3]
 * @returns `out`
 * @throws SslMemError USAGE; the signal's reason when aborted
 */
export async function applyViews(
  lists: readonly (readonly object[])[],
  pack: Pack,
  slots: Uint32Array,
  out: Float32Array,
  options: { threads?: number; signal?: AbortSignal } = {},
): Promise<Float32Array> {
  await callAsync(options.signal, (abort) =>
    loadBinding().applyViews(lists, pack.handle, slots, out, abort, options.threads ?? 0),
  );
  return out;
}

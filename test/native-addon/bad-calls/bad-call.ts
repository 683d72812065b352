import { loadBinding } from "../../../src/native/load.js";

/** A wrong call of the binding, the class of its error, and what the error's message must say. */
export type BadCall = [
  name: string,
  call: () => unknown,
  kind: "TypeError" | "RangeError" | "Error",
  part: string,
];

// biome-ignore lint/suspicious/noExplicitAny: the point is to pass what the types forbid
export const binding = loadBinding() as any;
export const key = { seed: 1, purpose: 0, epoch: 0, sample: 0, view: 0 };
export const crop = { transform: "center_crop", size: [2, 3] };
export const floats = (n: number) => new Float32Array(n);
export const chain = () => binding.createChain([crop]);
/** One image of 2 × 2. */
export const pack = () => binding.createPack(new Uint8Array(12), new Uint32Array([2]), new Uint32Array([2]));
/** One view of that image. */
export const request = {
  ...key,
  slots: new Uint32Array(1),
  samples: new Uint32Array(1),
  firstView: 0,
  views: 1,
  threads: 1,
};
export const replay = (lists: unknown, slots = 1, length = 12) =>
  binding.applyViews(lists, pack(), new Uint32Array(slots), floats(length), null);

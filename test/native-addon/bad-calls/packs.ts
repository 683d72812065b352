import { type BadCall, binding, chain, floats, pack } from "./bad-call.js";

/** Packs of images. */
export const packCalls: readonly BadCall[] = [
  [
    "chain as pack",
    () => binding.packInfo(chain()),
    "TypeError",
    "an open pack (from createPack or openPack) for pack",
  ],
  ["object as pack", () => binding.packInfo({}), "TypeError", "received an object"],
  [
    "pack of no array",
    () => binding.createPack("x", new Uint32Array(1), new Uint32Array(1)),
    "TypeError",
    "pixels",
  ],
  [
    "pack of other pixels",
    () => binding.createPack(floats(3), new Uint32Array(1), new Uint32Array(1)),
    "TypeError",
    "Uint8Array",
  ],
  [
    "more widths than heights",
    () => binding.createPack(new Uint8Array(3), new Uint32Array(1), new Uint32Array(2)),
    "RangeError",
    "widths",
  ],
  [
    "image without rows",
    () => binding.createPack(new Uint8Array(0), new Uint32Array(1), new Uint32Array([2])),
    "RangeError",
    "image 0",
  ],
  [
    "pixels too few",
    () => binding.createPack(new Uint8Array(11), new Uint32Array([2]), new Uint32Array([2])),
    "RangeError",
    "12 bytes",
  ],
  [
    "sizes beyond 32 bits",
    () => binding.createPack(new Uint8Array(12), new Uint32Array([2 ** 31]), new Uint32Array([2 ** 31])),
    "RangeError",
    "65535",
  ],
  ["no path", () => binding.openPack(), "TypeError", "a string for path"],
  ["path of nothing", () => binding.openPack("/nowhere/x.pack"), "Error", "/nowhere/x.pack"],
  ["slot beyond the end", () => binding.packImage(pack(), 1), "RangeError", "slot below 1"],
  ["negative slot", () => binding.packImage(pack(), -1), "RangeError", "slot"],
  ["release of a chain", () => binding.releasePack(chain()), "TypeError", "an open pack"],
];

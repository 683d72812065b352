import { type BadCall, binding, chain, floats, pack, replay, request } from "./bad-call.js";

/** Views that are drawn, made and made again. */
export const viewCalls: readonly BadCall[] = [
  [
    "views of no view",
    () => binding.drawViews(chain(), pack(), { ...request, views: 0 }),
    "RangeError",
    "request.views",
  ],
  [
    "views beyond 2^24",
    () => binding.drawViews(chain(), pack(), { ...request, firstView: 2 ** 24 - 1, views: 2 }),
    "RangeError",
    "firstView + views",
  ],
  [
    "views of no slot array",
    () => binding.drawViews(chain(), pack(), { ...request, slots: [0] }),
    "TypeError",
    "request.slots",
  ],
  [
    "views of a missing slot",
    () => binding.drawViews(chain(), pack(), { ...request, slots: new Uint32Array([7]) }),
    "RangeError",
    "slot below 1 but received 7",
  ],
  [
    "samples of another number",
    () => binding.drawViews(chain(), pack(), { ...request, samples: new Uint32Array(2) }),
    "RangeError",
    "samples",
  ],
  [
    "augment into too little",
    () => binding.augment(chain(), pack(), request, floats(17), null),
    "RangeError",
    "18 elements",
  ],
  [
    "augment into too much",
    () => binding.augment(chain(), pack(), request, floats(19), null),
    "RangeError",
    "18 elements",
  ],
  ["augment without out", () => binding.augment(chain(), pack(), request), "TypeError", "out"],
  [
    "augment beyond 2^53",
    () =>
      binding.augment(
        chain(),
        pack(),
        { ...request, views: 2 ** 24, slots: new Uint32Array(1000), samples: new Uint32Array(1000) },
        floats(18),
        null,
      ),
    "RangeError",
    "out",
  ],
  [
    "flag of floats",
    () => binding.augment(chain(), pack(), request, floats(18), floats(1)),
    "TypeError",
    "Int32Array for abort",
  ],
  [
    "empty flag",
    () => binding.augment(chain(), pack(), request, floats(18), new Int32Array(0)),
    "RangeError",
    "abort",
  ],
  [
    "thread count",
    () => binding.augment(chain(), pack(), { ...request, threads: -2 }, floats(18), null),
    "RangeError",
    "request.threads",
  ],
  ["replay of a number", () => replay(1), "TypeError", "an array of arrays of operations for lists"],
  ["replay of text", () => replay("[[]]"), "TypeError", "for lists but received '[[]]'"],
  ["replay of one list", () => replay([{ op: "invert" }]), "TypeError", "an array of objects for lists[0]"],
  ["replay of a number's list", () => replay([[3]]), "TypeError", "an object for lists[0][0] but received 3"],
  [
    "replay of a missing slot",
    () => binding.applyViews([[]], pack(), new Uint32Array([1]), floats(12), null),
    "RangeError",
    "slot",
  ],
  [
    "replay of an unknown",
    () => replay([[{ op: "rotate" }]]),
    "RangeError",
    'Unknown op "rotate" in operation 0 of list 0',
  ],
  [
    "replay of a NaN",
    () => replay([[{ op: "adjust_hue", hue_factor: Number.NaN }]]),
    "RangeError",
    "for hue_factor of operation 0 of list 0 (adjust_hue) but received nan",
  ],
  [
    "replay of a box too far",
    () => replay([[{ op: "crop", top: 3e9, left: 0, height: 2, width: 2 }]]),
    "RangeError",
    "for top of operation 0 of list 0 (crop) but received 3e+09",
  ],
  [
    "replay of a huge view",
    () => replay([[{ op: "center_crop", output_size: 2 ** 24 }]]),
    "RangeError",
    "at most 268435456 pixels",
  ],
  ["replay of two lists on one slot", () => replay([[], []]), "RangeError", "operation lists"],
  ["replay into the wrong size", () => replay([[]], 1, 13), "RangeError", "for out but received 13"],
];

import type { DeferredTensor, StoredTensor } from "../src/nn/index.js";

/** Arrays as they are now, whatever becomes of the network that they are of. */
export const snapshot = (arrays: ReadonlyMap<string, DeferredTensor>): Map<string, StoredTensor> =>
  new Map(
    [...arrays].map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float32Array.from(data()) },
    ]),
  );

// The limit of a network on the torch engine: what its convolutions and matrix products alone take.
import * as tf from "../src/engine/tf.js";
import type { TorchBackend } from "../src/engine/torch/backend.js";

const IS_PRODUCT = /Convolution|MatMul/;

/** Adds up the milliseconds that the backend spends in convolutions and matrix products from here on; on other engines null. */
export function productClock(): { milliseconds: number } | null {
  const backend = tf.backend() as Partial<TorchBackend>;
  if (backend.run === undefined) return null;
  const clock = { milliseconds: 0 };
  const run = backend.run.bind(backend);
  backend.run = (name, inputs, attributes) => {
    const start = performance.now();
    const results = run(name, inputs, attributes);
    if (IS_PRODUCT.test(name)) clock.milliseconds += performance.now() - start;
    return results;
  };
  return clock;
}

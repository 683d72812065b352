// Methods for tests of what no registered method does.
import * as tf from "../../src/engine/tf.js";
import { METHODS } from "../../src/methods/registry.js";
import { type Method, method, type Objective } from "../../src/methods/types.js";
import type { Architecture } from "../../src/nn/architecture.js";
import { conv, convSpec, globalAveragePool, norm, normSpecs } from "../../src/nn/layers.js";

/** A method of one view without settings, registered for this process. */
export function register(name: string, build: Method["build"], needs = {}): void {
  const made = method({
    name,
    summary: "for tests",
    settings: {},
    defaults: {},
    needs: () => ({ views: [{ group: 0, count: 1 }], ...needs }),
    build,
  });
  (METHODS as unknown as Method[]).push(made);
}

/** Mean square of five linear functions of the representation. */
export const squares: Method["build"] = ({ dim }, _settings, { layers }): Objective => ({
  parameters: layers.linearSpecs("head.fc", dim, 5),
  loss({ views: [x] }, { encode, head }) {
    return { loss: tf.mean(tf.square(layers.linear(encode(x).pooled, "head.fc", head))) };
  },
});

/**
 * Two convolutions with batch normalisation, swish and average pooling: no ReLU and no maximum, whose gradients come and go
 * where values lie within rounding of each other.
 */
export const smooth: Architecture = {
  name: "smooth",
  summary: "for tests",
  settings: {},
  minimumImageSize: 4,
  network: (image) => ({
    image,
    parameters: [
      convSpec("conv1", 3, 3, 8),
      ...normSpecs("bn1", 8),
      convSpec("conv2", 3, 8, 16),
      ...normSpecs("bn2", 16),
    ],
    dim: 16,
    layers: [],
    activations: ({ height, width }) => 30 * height * width,
    forward(x, context) {
      const swish = (y: tf.Tensor4D): tf.Tensor4D => tf.mul(y, tf.sigmoid(y));
      const first = swish(norm(conv(x, "conv1", context), "bn1", context));
      const half = tf.avgPool(first, 2, 2, "valid");
      return { pooled: globalAveragePool(swish(norm(conv(half, "conv2", context), "bn2", context))) };
    },
  }),
};

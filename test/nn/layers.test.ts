// Every architecture hands out its layers by name: once each, in the order it lists them, without changing its output.

import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import {
  buildNetwork,
  encoderOf,
  getArchitecture,
  initialWeights,
  REPRESENTATION,
} from "../../src/nn/index.js";
import { testEngine } from "../engine-under-test.js";
import { KINDS } from "../networks.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** Batch normalisations, each folded into a filter and a bias. */
const normsOf = (parameters: readonly { name: string }[]) =>
  parameters.filter(({ name }) => name.endsWith(".running_mean")).length;

for (const name of KINDS) {
  test.serial(`${name}: one pass gives every layer that capturing it alone gives`, (t) => {
    const side = getArchitecture(name).minimumImageSize;
    const network = buildNetwork(getArchitecture(name), side);
    const weights = initialWeights(network.parameters, 3);
    const x = tf.tensor4d(
      Float32Array.from({ length: 2 * side * side * 3 }, (_, i) => Math.sin(i)),
      [2, side, side, 3],
    );
    const seen: string[] = [];
    const encoder = encoderOf(network, weights);
    encoder.visitLayers(x, (layer, output) => {
      seen.push(layer);
      t.is(output.shape[0], 2);
      const alone = encoderOf(network, weights, { layer: layer === REPRESENTATION ? null : layer }).embed(x);
      t.deepEqual(output.dataSync(), alone.dataSync(), layer);
    });
    t.deepEqual(seen, [...network.layers, REPRESENTATION]);
    // Folded filters are kept from the first pass on; a further one leaves nothing behind.
    const tensors = tf.memory().numTensors;
    encoder.visitLayers(x, () => {});
    encoder.embed(x).dispose();
    t.is(tf.memory().numTensors, tensors, "nothing is left behind");
    const before = tf.memory().numTensors;
    encoder.dispose();
    t.true(tf.memory().numTensors <= before - weights.size - 2 * normsOf(network.parameters));
  });
}

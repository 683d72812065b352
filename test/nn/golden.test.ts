import { readFileSync } from "node:fs";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { ntXent } from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { resnet } from "../../src/nn/architectures/resnet.js";
import { resnet9Of } from "../../src/nn/architectures/resnet9.js";
import { buildNetwork, encoderOf, importWeights, matchForeign, readSafetensors } from "../../src/nn/index.js";
import { farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";
import { optimizerOf } from "../train/step.js";

const at = (name: string) => new URL(`../../../test/golden/torch/${name}`, import.meta.url).pathname;
const golden = JSON.parse(readFileSync(at("golden.json"), "utf8"));
const NETWORKS = {
  resnet9: resnet9Of([4, 5, 5, 5, 6, 7, 7, 7]),
  "resnet18-cifar": resnet(18, "cifar", 4),
  resnet18: resnet(18, "imagenet", 4),
  resnet50: resnet(50, "imagenet", 2),
};

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

// Float32 with up to 50 layers, each a sum of at most 3·3·32 products and a normalisation: errors of some tens of units in
// the last place of values around 1, so 2e-5 + 2e-5 |y|; gradients are sums over n·h·w = 1,000 such values: ten times that.
const FORWARD = 2e-5;
const GRADIENT = 2e-4;

const deeper = JSON.parse(readFileSync(at("resnet50.json"), "utf8"));

for (const entry of [...golden.networks, deeper]) {
  const network = buildNetwork(NETWORKS[entry.name as keyof typeof NETWORKS], entry.size);
  test.serial(
    `${entry.name} agrees with PyTorch: inference, training, gradients, running statistics`,
    async (t) => {
      const stored = await readSafetensors(at(`${entry.name}.safetensors`));
      const { tensors } = matchForeign(network.parameters, stored, "golden", entry.name);
      const weights = importWeights(network.parameters, tensors);
      const x = tf.tensor4d(entry.x, [3, entry.size, entry.size, 3]);
      t.is(
        farthest(encoderOf(network, weights).embed(x).dataSync(), entry.inference, FORWARD, FORWARD),
        null,
        "inference",
      );
      const statistics = new Map<string, tf.Tensor[]>();
      const w = tf.tensor2d(entry.weights, [3, network.dim]);
      let output: ArrayLike<number> = [];
      const filter = weights.get("conv1.weight") as tf.Variable;
      const list = [filter, weights.get("bn1.weight") as tf.Variable, weights.get("bn1.bias") as tf.Variable];
      const { grads } = tf.variableGrads(() => {
        const { pooled } = network.forward(x, {
          weights,
          training: true,
          onStatistics: (name, ...both) =>
            statistics.set(
              name,
              both.map((s) => tf.keep(s)),
            ),
        });
        output = pooled.dataSync();
        return tf.sum(tf.mul(pooled, w)) as tf.Scalar;
      }, list);
      t.is(farthest(output, entry.training, FORWARD * 10, FORWARD), null, "training");
      const gradient = tf.transpose(grads[filter.name] as tf.Tensor, [3, 2, 0, 1]).dataSync();
      t.is(
        farthest(gradient, entry.conv1Gradient, GRADIENT * 10, GRADIENT),
        null,
        "gradient of the first filter",
      );
      t.is(
        farthest(
          (grads[(list[1] as tf.Variable).name] as tf.Tensor).dataSync(),
          entry.bn1.gamma,
          GRADIENT * 10,
          GRADIENT,
        ),
        null,
        "gradient of gamma",
      );
      const [mean, variance] = statistics.get("bn1") as [tf.Tensor, tf.Tensor];
      // PyTorch's share of 0.1 shows that these are its batch statistics; the product's own is compared in train/golden.test.ts.
      const running = (which: string, batch: tf.Tensor) =>
        tf.add(tf.mul(weights.get(`bn1.${which}`) as tf.Variable, 0.9), tf.mul(batch, 0.1)).dataSync();
      t.is(farthest(running("running_mean", mean), entry.bn1.runningMean, FORWARD), null, "running mean");
      t.is(
        farthest(running("running_var", variance), entry.bn1.runningVar, FORWARD, FORWARD),
        null,
        "running variance",
      );
    },
  );
}

test.serial("NT-Xent agrees with PyTorch, loss, accuracy and gradient", (t) => {
  const { z, shape, temperature, loss, accuracy, gradient } = golden.ntXent;
  const result = ntXent(tf.tensor2d(z, shape), temperature);
  t.is(farthest(result.loss.dataSync(), [loss], 1e-6, 1e-6), null);
  t.is((result.accuracy as tf.Scalar).dataSync()[0], Math.fround(accuracy));
  const ours = tf.grad((x) => ntXent(x as tf.Tensor2D, temperature).loss)(tf.tensor2d(z, shape));
  t.is(farthest(ours.dataSync(), gradient, 1e-6, 1e-5), null);
});

test.serial("NT-Xent is finite for huge, equal and zero projections", (t) => {
  for (const fill of [1e18, 1, 0]) {
    const value = ntXent(tf.fill([4, 3], fill), 0.01).loss.dataSync()[0] as number;
    // Four equal directions: each of the three others has probability 1/3. Zero vectors have cosine 0 with everything.
    t.true(Math.abs(value - Math.log(3)) < 1e-3, `${fill}: ${value}`);
  }
});

for (const { name, start, gradients, values, ...settings } of golden.optimizers) {
  test.serial(`three steps of ${name} agree with PyTorch`, (t) => {
    const w = tf.variable(tf.tensor(start, [3, 4]));
    const optimizer = optimizerOf(new Map([["w", w]]), new Set(["w"]), { optimizer: name, ...settings });
    for (const [step, gradient] of gradients.entries()) {
      optimizer.apply({ w: tf.tensor(gradient, [3, 4]) }, settings.learningRate, step);
      t.is(farthest(w.dataSync(), values[step], 1e-6, 1e-6), null, `step ${step}`);
    }
  });
}

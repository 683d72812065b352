// A network of tokens, the one of docs/extending.md: what its poolings are, at several image sizes, and that it trains.
import test, { type ExecutionContext } from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import {
  type Architecture,
  architectureNames,
  buildNetwork,
  checkPooling,
  encoderOf,
  type Features,
  getArchitecture,
  initialWeights,
  type Network,
  type Pooling,
  poolingsOf,
  REPRESENTATION,
} from "../../src/nn/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { WeightedNetwork } from "../../src/train/network.js";
import { farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { pageModule } from "../page.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "../train/helpers.js";
import { stepOf } from "../train/step.js";

let patches: Architecture;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  patches = (await pageModule("src/nn/architectures/patches.ts")).patches as Architecture;
});

const imagesOf = (count: number, size: number): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from({ length: count * size * size * 3 }, (_, i) => Math.sin(i)),
    [count, size, size, 3],
  );

interface Represented {
  features: Features;
  by: Map<Pooling | "auto", tf.Tensor2D>;
}

/** A network's features and, by pooling, its representations of two images. */
function represented(t: ExecutionContext, network: Network): Represented {
  const weights = initialWeights(network.parameters, 3);
  const x = imagesOf(2, network.image.size);
  const features = tf.tidy(() => {
    const made = network.forward(x, { weights, training: false });
    return Object.fromEntries(Object.entries(made).map(([name, y]) => [name, tf.keep(tf.add(y, 0))]));
  }) as unknown as Features;
  const by = new Map<Pooling | "auto", tf.Tensor2D>();
  for (const pooling of ["auto", ...poolingsOf(network)] as const) {
    const encoder = encoderOf(network, weights, { pooling });
    const length = encoder.dim; // known before a pass
    const y = encoder.embed(x);
    t.is(length, y.shape[1], pooling);
    encoder.visitLayers(x, (layer, output) => {
      if (layer === REPRESENTATION) t.deepEqual(output.dataSync(), y.dataSync(), pooling);
    });
    by.set(pooling, y);
  }
  return { features, by };
}

const rowsOf = (y: tf.Tensor | undefined) => (y as tf.Tensor2D).arraySync();

for (const size of [8, 12, 18]) {
  test.serial(`the poolings of tokens, images of ${size} pixels`, (t) => {
    const network = buildNetwork(patches, size);
    t.deepEqual(poolingsOf(network), ["pooled", "cls", "mean", "all"]);
    const { features, by } = represented(t, network);
    const tokens = (features.tokens as tf.Tensor3D).arraySync();
    const count = Math.floor(size / 4) ** 2;
    t.deepEqual([tokens.length, tokens[0]?.length], [2, count + 1]);
    t.deepEqual(rowsOf(by.get("pooled")), rowsOf(features.pooled));
    t.deepEqual(
      rowsOf(by.get("cls")),
      tokens.map((of) => of[0] as number[]),
    );
    t.deepEqual(
      rowsOf(by.get("all")),
      tokens.map((of) => of.flat()),
    );
    t.deepEqual(rowsOf(by.get("auto")), rowsOf(by.get("all")));
    for (const [image, of] of tokens.entries()) {
      const others = of.slice(1);
      const mean = (others[0] as number[]).map(
        (_, unit) => others.reduce((sum, token) => sum + (token[unit] as number), 0) / count,
      );
      // Sums of at most 16 values around 1 in float32.
      t.is(farthest(rowsOf(by.get("mean"))[image] as number[], mean, 1e-6, 1e-6), null);
    }
  });
}

test.serial("without a class token the mean is that of all tokens, and there is no cls", (t) => {
  const network = { ...buildNetwork(patches, 8), tokens: { classToken: false } };
  t.deepEqual(poolingsOf(network), ["pooled", "mean", "all"]);
  const { features, by } = represented(t, network);
  const mean = tf.mean(features.tokens as tf.Tensor3D, 1).dataSync();
  t.is(farthest((by.get("mean") as tf.Tensor).dataSync(), mean, 1e-6, 1e-6), null);
  const error = t.throws(() => checkPooling("bare", network, "cls"));
  t.like(error, { code: "USAGE" });
  t.regex(error?.message ?? "", /one of auto, pooled, mean, all for the pooling of bare but received "cls"/);
});

test.serial("features that a network says it has and does not give are a mistake in its file", (t) => {
  const whole = networkNamed("resnet9");
  const network: Network = { ...whole, tokens: { classToken: true } };
  const weights = initialWeights(network.parameters, 3);
  const encoder = encoderOf(network, weights, { pooling: "cls" });
  t.throws(() => encoder.embed(imagesOf(1, 16)), { code: "USAGE" });
  encoder.dispose();
});

for (const name of architectureNames()) {
  test.serial(`${name}: its features are what it says`, (t) => {
    const least = getArchitecture(name).minimumImageSize;
    const network = networkNamed(name, least);
    const { features, by } = represented(t, network);
    t.is("map" in features, network.map ?? false);
    t.is("tokens" in features, network.tokens !== undefined);
    t.deepEqual(features.pooled.shape, [2, network.dim]);
    t.deepEqual(by.get("map")?.dataSync(), features.map?.dataSync());
    t.is(by.get("map")?.shape[1], features.map && features.map.size / 2);
    const small = t.throws(() => networkNamed(name, least - 1));
    t.like(small, { code: "USAGE" });
    t.regex(small?.message ?? "", new RegExp(`at least ${least} for ${name} but received ${least - 1}`));
  });

  test.serial(`${name}: the memory of a step is estimated by its convolutions' outputs`, (t) => {
    const network = networkNamed(name, 32);
    let outputs = 0;
    encoderOf(network, initialWeights(network.parameters, 0)).visitLayers(imagesOf(1, 32), (layer, y) => {
      // A residual pair's sum is no convolution's; projections are in no list.
      if (layer !== REPRESENTATION && !layer.startsWith("res")) outputs += y.size;
    });
    const estimate = network.activations({ height: 32, width: 32 });
    t.true(estimate >= 2.4 * outputs && estimate <= 4 * outputs, `${estimate} for ${outputs} values`);
    t.is(network.activations({ height: 64, width: 32 }), 2 * estimate);
  });
}

for (const size of [8, 16]) {
  test.serial(`tokens train with SimCLR, images of ${size} pixels`, (t) => {
    const before = tf.memory().numTensors;
    const recipe = { ...RECIPE, imageSize: size, batch: 8, projectorNorm: false };
    const model = new TrainingModel(recipe, { architecture: patches });
    const start = snapshot(model.weights());
    // Two views of an image differ by little: they can be told from the others'.
    const data = Float32Array.from({ length: 16 * size * size * 3 }, (_, i) => {
      const [view, at] = [Math.floor(i / (size * size * 3)), i % (size * size * 3)];
      return Math.sin((at + 1) * (1 + (view >> 1))) + 0.05 * Math.cos(i);
    });
    const losses = Array.from({ length: 30 }, (_, step) => {
      const batch = { views: [{ data, height: size, width: size }] };
      return stepOf(model, batch, 0.05, step, 30).loss;
    });
    t.true((losses.at(-1) as number) < (losses[0] as number) - 0.2, losses.join(" "));
    const end = snapshot(model.weights());
    for (const name of ["patch_embed.weight", "cls.weight", "projector.3.weight"])
      t.notDeepEqual(end.get(name)?.data, start.get(name)?.data, name);
    model.dispose();
    t.is(tf.memory().numTensors, before, "nothing is left behind");
  });
}

test.serial("a loss may look at some of the patches: the others are as if they were not there", (t) => {
  const network = buildNetwork(patches, 12);
  const weights = initialWeights(network.parameters, 3);
  const weighted = new WeightedNetwork(network, weights);
  tf.tidy(() => {
    const x = imagesOf(2, 12);
    const { encode } = weighted.nets(() => {});
    const all = encode(x).tokens as tf.Tensor3D;
    const keep = tf.tensor2d([5, 0, 8, 2], [2, 2], "int32");
    const some = encode(x, { keep });
    t.deepEqual(some.tokens?.shape, [2, 3, 16]);
    const patch = (tokens: tf.Tensor3D, image: number, place: number) => [
      ...tf.slice(tokens, [image, 1 + place, 0], [1, 1, 16]).dataSync(),
    ];
    const kept = some.tokens as tf.Tensor3D;
    t.deepEqual(patch(kept, 0, 0), patch(all, 0, 5));
    t.deepEqual(patch(kept, 0, 1), patch(all, 0, 0));
    t.deepEqual(patch(kept, 1, 0), patch(all, 1, 8));
    t.deepEqual(patch(kept, 1, 1), patch(all, 1, 2));
    t.notDeepEqual([...some.pooled.dataSync()], [...encode(x).pooled.dataSync()]);
    const resnet = networkNamed("resnet9", 12);
    const plain = new WeightedNetwork(resnet, new Map()).nets(() => {});
    t.throws(() => plain.encode(x, { keep }), { code: "USAGE", message: /tokens/ });
  });
  for (const value of weights.values()) value.dispose();
});

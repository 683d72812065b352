// Networks against timm, torchvision and PyTorch (test/golden/torch/make_architectures.py), and their sizes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import type { Architecture } from "../../src/nn/architecture.js";
import { resnet } from "../../src/nn/architectures/resnet.js";
import { vit } from "../../src/nn/architectures/vit.js";
import {
  architectureNames,
  buildNetwork,
  checkWeights,
  disposeWeights,
  encoderOf,
  getArchitecture,
  importWeights,
  initialWeights,
  loadEncoder,
  matchForeign,
  type Network,
  type StoredTensor,
  withSettings,
  writeSafetensors,
} from "../../src/nn/index.js";
import { positionsAt, sinCosPositions } from "../../src/nn/transformer.js";
import { storedShape } from "../../src/nn/weights.js";
import { farthest } from "../close.js";
import { testEngine } from "../engine-under-test.js";

const path = new URL("../../../test/golden/torch/architectures.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8"));

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

// Sums of at most some hundred products of values around 1 in float32, block after block.
const FORWARD = 2e-5;
const GRADIENT = 2e-4;

const sines = (key: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin((i + 1) * 0.37 * (key + 1) + key));

type Fill = (name: string, shape: readonly number[]) => readonly [offset: number, scale: number];

/** The script's arrays, in files' layouts: sines, numbered in the order of the state dict. */
function filled(network: Network, names: readonly string[], fill: Fill): Map<string, StoredTensor> {
  const shapes = new Map(network.parameters.map((spec) => [spec.name, storedShape(spec)]));
  return new Map(
    names.map((name, key) => {
      const shape = [...(shapes.get(name) as readonly number[])];
      const count = shape.reduce((a, b) => a * b, 1);
      const [offset, scale] = fill(name, shape);
      return [name, { shape, data: Float32Array.from(sines(key, count), (s) => offset + scale * s) }];
    }),
  );
}

const weightsOf = (network: Network, names: readonly string[], fill: Fill) => {
  const tensors = filled(network, names, fill);
  const matched = matchForeign(network.parameters, { tensors, others: new Map() }, "golden", "golden");
  return importWeights(network.parameters, matched.tensors);
};

const images = (n: number, height: number, width: number): tf.Tensor4D =>
  tf.tensor4d(sines(99, n * height * width * 3), [n, height, width, 3]);

const volume = (shape: readonly number[]) => shape.slice(1).reduce((a, b) => a * b, 1);

const vitFill: Fill = (name, shape) => {
  if (/norm.*weight$/.test(name)) return [1, 0.3];
  if (shape.length >= 2 && !/token|pos/.test(name)) return [0, Math.sqrt(2 / volume(shape))];
  return [0, 0.3];
};

/** Tokens whose variance is about what layer normalisation adds to it. */
const smallFill: Fill = (name, shape) => {
  const [offset, scale] = vitFill(name, shape);
  return [offset, scale * (/^(blocks|norm)/.test(name) ? 1 : 0.005)];
};

/** Gradients in the layouts of files. */
function stored(network: Network, name: string, gradient: tf.Tensor): ArrayLike<number> {
  const spec = network.parameters.find((one) => one.name === name);
  if (spec?.layout === "filter") return tf.transpose(gradient, [3, 2, 0, 1]).dataSync();
  return spec?.layout === "matrix" ? tf.transpose(gradient).dataSync() : gradient.dataSync();
}

for (const entry of golden.vits) {
  test.serial(`a vision transformer agrees with timm: ${entry.name}`, (t) => {
    const shape = { name: "vit", patch: entry.patch, dim: 8, heads: 2, blocks: 3 };
    const { classToken, dropPath } = entry;
    const network = buildNetwork(withSettings(vit(shape), { classToken, dropPath }), entry.size);
    const weights = weightsOf(network, entry.names, entry.small ? smallFill : vitFill);
    const x = images(2, entry.view[0], entry.view[1]);
    const keep =
      entry.keep === null ? {} : { keep: tf.tensor2d(entry.keep, [2, entry.keep[0].length], "int32") };
    const drawn = sines(98, 12).map((value) => (value + 1) / 2);
    const noise = dropPath > 0 ? { noise: tf.tensor2d(drawn, [2, 6]) } : {};
    const names = Object.keys(entry.gradients);
    const variables = names.map((name) => weights.get(name) as tf.Variable);
    const found: { tokens: ArrayLike<number>; pooled: ArrayLike<number> } = { tokens: [], pooled: [] };
    const { grads } = tf.variableGrads(() => {
      const { tokens, pooled } = network.forward(x, { weights, training: true, ...keep, ...noise });
      Object.assign(found, { tokens: tokens?.dataSync(), pooled: pooled.dataSync() });
      const towards = tf.tensor(sines(97, (tokens as tf.Tensor).size), tokens?.shape);
      return tf.add(tf.sum(tf.mul(tokens as tf.Tensor, towards)), tf.sum(tf.square(pooled))) as tf.Scalar;
    }, variables);
    t.is(farthest(found.tokens, entry.tokens, FORWARD, FORWARD), null, "tokens");
    t.is(farthest(found.pooled, entry.pooled, FORWARD, FORWARD), null, "pooled");
    for (const [i, name] of names.entries()) {
      const gradient = stored(network, name, grads[(variables[i] as tf.Variable).name] as tf.Tensor);
      const most = entry.gradients[name].reduce(
        (max: number, value: number) => Math.max(max, Math.abs(value)),
        10,
      );
      t.is(farthest(gradient, entry.gradients[name], (GRADIENT * most) / 10, GRADIENT), null, name);
    }
    if (dropPath > 0) {
      const inference = encoderOf(network, weights, { pooling: "all" }).embed(x).dataSync();
      t.not(farthest(inference, entry.tokens, FORWARD, FORWARD), null, "inference drops nothing");
    }
    disposeWeights(weights);
  });
}

test.serial("a file of timm's is taken for another image size as timm takes it", async (t) => {
  const { size, names, pooled, mean } = golden.file;
  const architecture = vit({ name: "vit", patch: 16, dim: 8, heads: 2, blocks: 3 });
  const whole = buildNetwork(architecture, 224);
  const tensors = filled(whole, names, vitFill);
  const folder = mkdtempSync(join(tmpdir(), "sslmem-vit-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "vit.safetensors");
  const extra = { shape: [1, 1, 4], data: new Float32Array(4) };
  const save = (more: Record<string, StoredTensor>) => {
    const all = [...tensors, ...Object.entries(more)];
    const deferred = all.map(([name, { shape, data }]) => [name, { shape, data: () => data }] as const);
    return writeSafetensors(file, new Map(deferred));
  };
  await save({ mask_token: extra, "head.weight": extra });
  for (const [pooling, expected] of [
    ["pooled", pooled],
    ["cls", pooled],
    ["mean", mean],
  ]) {
    const encoder = await loadEncoder(architecture, file, { imageSize: size, pooling });
    t.is(
      farthest(encoder.embed(images(2, size, size)).dataSync(), expected, FORWARD, FORWARD),
      null,
      pooling,
    );
    encoder.dispose();
  }
  t.regex(
    (await checkWeights(architecture, size, file)) ?? "",
    /fitted to the image size: pos_embed; left out: head.weight, mask_token/,
  );
  t.notRegex((await checkWeights(architecture, 224, file)) ?? "", /fitted/);
  const bare = withSettings(architecture, { classToken: false });
  const refused = await t.throwsAsync(checkWeights(bare, size, file), {
    code: "DATA",
    message: /another network: cls_token unknown/,
  });
  t.regex((refused as { hint?: string } | undefined)?.hint ?? "", /--no-class-token/);
  await save({ "norm_pre.weight": extra });
  await t.throwsAsync(checkWeights(architecture, size, file), {
    code: "DATA",
    message: /norm_pre.weight unknown/,
  });
  tensors.set("pos_embed", { shape: [1, 12, 8], data: new Float32Array(12 * 8) });
  await save({});
  await t.throwsAsync(checkWeights(architecture, size, file), {
    code: "DATA",
    message: /a square of patches, \[1, 1 \+ n², 8\], but received \[1, 12, 8\]/,
  });
});

const resnetFill: Fill = (name, shape) => {
  if (shape.length === 4)
    return [0, 2 / Math.sqrt((shape[0] as number) * (shape[2] as number) * (shape[3] as number))];
  if (name.endsWith("running_var")) return [1, 0.5];
  if (name.endsWith("weight")) return /bn[23]/.test(name) ? [0.1, 0.05] : [1, 0.3];
  return [0, 0.3];
};

for (const entry of golden.resnets) {
  test.serial(`ResNet-${entry.depth}, ${entry.stem} stem, agrees with torchvision`, (t) => {
    const network = buildNetwork(resnet(entry.depth, entry.stem, entry.width), entry.size);
    const weights = weightsOf(network, entry.names, resnetFill);
    const x = images(3, entry.size, entry.size);
    t.is(
      farthest(encoderOf(network, weights).embed(x).dataSync(), entry.inference, FORWARD, FORWARD),
      null,
      "inference",
    );
    const filter = weights.get("conv1.weight") as tf.Variable;
    let output: ArrayLike<number> = [];
    const { grads } = tf.variableGrads(() => {
      const { pooled } = network.forward(x, { weights, training: true });
      output = pooled.dataSync();
      return tf.sum(tf.mul(pooled, tf.tensor(sines(97, pooled.size), pooled.shape))) as tf.Scalar;
    }, [filter]);
    // Up to a hundred normalisations by the statistics of a dozen values: each may double an error.
    t.is(farthest(output, entry.training, 100 * FORWARD, 100 * FORWARD), null, "training");
    const gradient = stored(network, "conv1.weight", grads[filter.name] as tf.Tensor);
    const most = entry.conv1Gradient.reduce(
      (max: number, value: number) => Math.max(max, Math.abs(value)),
      0,
    );
    t.is(farthest(gradient, entry.conv1Gradient, 20 * GRADIENT * most), null, "gradient of the first filter");
    disposeWeights(weights);
  });
}

test.serial("grids of positions are resampled as PyTorch's bicubic with antialias=True", (t) => {
  for (const { side, rows, columns, values } of golden.grids) {
    const grid = tf.tensor2d(sines(side, side * side * 2), [side * side, 2]);
    t.is(
      farthest(positionsAt(grid, rows, columns).dataSync(), values, 1e-6, 1e-6),
      null,
      `${side} to ${rows}, ${columns}`,
    );
  }
  const grid = tf.tensor2d(sines(3, 18), [9, 2]);
  t.is(positionsAt(grid, 3, 3), grid, "of the same size they are as they are");
  const constants = new Map<string, tf.Tensor>();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++)
    tf.tidy(() => {
      positionsAt(grid, 2, 4, constants);
    });
  t.is(tf.memory().numTensors, before + 1, "the matrix is made once and kept");
});

test("fixed positions are MAE's sines and cosines", (t) => {
  const { dim, side, values } = golden.sinCos;
  t.is(farthest(sinCosPositions(dim, side), values, 1e-7), null);
});

/** Learned and fixed values of a network, without making any of them. */
function sizeOf(architecture: Architecture, size: number): { parameters: number; buffers: number } {
  let [parameters, buffers] = [0, 0];
  for (const { shape, name } of buildNetwork(architecture, size).parameters) {
    const values = shape.reduce((a, b) => a * b, 1);
    if (/running_/.test(name)) buffers += values;
    else parameters += values;
  }
  return { parameters, buffers };
}

// Measured in timm 1.0.31 and torchvision 0.26: the encoder without its classifier; buffers without the counters of batches.
const VITS: Readonly<Record<string, readonly [tiny: number, small: number, base: number]>> = {
  "2 at 32": [5_390_784, 21_398_400, 85_264_128],
  "4 at 32": [5_360_832, 21_338_496, 85_144_320],
  "8 at 32": [5_379_264, 21_375_360, 85_218_048],
  "16 at 32": [5_487_552, 21_591_936, 85_651_200],
  "8 at 224": [5_526_720, 21_670_272, 85_807_872],
  "16 at 224": [5_524_416, 21_665_664, 85_798_656],
};
const RESNETS: Readonly<Record<string, readonly [imagenet: number, cifar: number, buffers: number]>> = {
  resnet18: [11_176_512, 11_168_832, 9_600],
  resnet34: [21_284_672, 21_276_992, 17_024],
  resnet50: [23_508_032, 23_500_352, 53_120],
  resnet101: [42_500_160, 42_492_480, 105_344],
};

test("vision transformers and ResNets have as many parameters as timm's and torchvision's", (t) => {
  const names = new Set(architectureNames());
  for (const [key, counts] of Object.entries(VITS)) {
    const [patch, size] = key.split(" at ");
    for (const [i, kind] of ["tiny", "small", "base"].entries())
      t.is(
        sizeOf(getArchitecture(`vit-${kind}-${patch}`), Number(size)).parameters,
        counts[i] as number,
        key,
      );
  }
  for (const [name, [imagenet, cifar, buffers]] of Object.entries(RESNETS)) {
    t.deepEqual(sizeOf(getArchitecture(name), 224), { parameters: imagenet, buffers });
    t.deepEqual(sizeOf(getArchitecture(`${name}-cifar`), 32), { parameters: cifar, buffers });
  }
  for (const kind of ["tiny", "small", "base"])
    for (const patch of [2, 4, 8, 14, 16]) t.true(names.has(`vit-${kind}-${patch}`));
  t.is(names.size, 1 + 8 + 15);
});

if (testEngine === "torch")
  test.serial("the memory of a step's views is what the engine holds after the forward pass", (t) => {
    const held = () => (tf.backend() as unknown as { bytes: number }).bytes;
    for (const [name, size, classToken] of [
      ["vit-tiny-8", 32, true],
      ["vit-tiny-4", 16, false],
    ] as const) {
      const network = buildNetwork(getArchitecture(name, { classToken }), size);
      const weights = initialWeights(network.parameters, 0);
      const x = images(2, size, size);
      const before = held();
      let bytes = 0;
      tf.tidy(() => {
        tf.variableGrads(() => {
          const { pooled } = network.forward(x, { weights, training: true });
          bytes = held() - before;
          return tf.sum(pooled);
        });
      });
      const estimate = 2 * 4 * network.activations({ height: size, width: size });
      t.true(estimate > 0.9 * bytes && estimate < 1.1 * bytes, `${name}: ${estimate} for ${bytes} bytes`);
      disposeWeights(weights);
    }
  });

const least = (t: ExecutionContext, architecture: Architecture, size: number) =>
  t.throws(() => buildNetwork(architecture, size), { code: "USAGE" })?.message ?? "";

test("what cannot be built is refused in a sentence", (t) => {
  t.regex(least(t, getArchitecture("vit-tiny-14"), 32), /a multiple of 14 for vit-tiny-14 but received 32\./);
  t.regex(least(t, getArchitecture("vit-tiny-16"), 8), /at least 16 for vit-tiny-16 but received 8\./);
  t.throws(() => getArchitecture("vit-tiny-4", { dropPath: 0.95 }), {
    code: "USAGE",
    message: /\[0, 0.9\] for dropPath/,
  });
  t.throws(() => getArchitecture("vit-huge-14"), {
    code: "USAGE",
    message: /for the architecture but received "vit-huge-14"/,
  });
  const network = buildNetwork(getArchitecture("vit-tiny-8"), 16);
  const pass = () => network.forward(tf.zeros([1, 12, 16, 3]), { weights: new Map(), training: false });
  t.throws(pass, { code: "USAGE", message: /multiples of 8 for vit-tiny-8 but received 12 × 16\./ });
});

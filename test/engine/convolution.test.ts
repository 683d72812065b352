// The torch engine's convolutions of its own (matrix tiles in bf16, products per pixel in float32) against ATen's, which
// takes over when there are too few images for them: the same batch in small parts.
import test from "ava";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import { runNative } from "../../src/engine/ops/kernels.js";
import * as tf from "../../src/engine/tf.js";
import type { TorchBackend } from "../../src/engine/torch/backend.js";
import { EPSILON32, farthest } from "../close.js";

const on = engineDriver("torch").missing() === null ? test.serial : test.serial.skip;

test.before(async () => {
  if (engineDriver("torch").missing() === null)
    await openEngine({ engine: "torch", device: "cpu", precision: "fp32" });
});

interface Shape {
  images: number;
  side: number;
  inputs: number;
  outputs: number;
  size: number;
  stride: number;
}

/** A native kernel in a precision of its own. */
function native(name: string, inputs: tf.Tensor[], attributes: object, precision: string): Float32Array {
  const backend = tf.backend() as TorchBackend;
  const handles = inputs.map((x) => backend.handleOf(x));
  const [result] = backend.binding.execute(name, handles, attributes as Record<string, unknown>, precision);
  if (result === undefined) throw new Error("no result");
  try {
    return backend.binding.readTensor(result.handle) as Float32Array;
  } finally {
    backend.binding.releaseTensor(result.handle);
  }
}

/** Forward pass and both gradients, the batch in parts of `most` images. */
function passes({ images, side, inputs, outputs, size, stride }: Shape, precision: string, most: number) {
  const pad = (size - 1) / 2;
  const out = Math.floor((side - 1) / stride) + 1;
  const geometry = { strides: [stride, stride], dilations: [1, 1], pads: [pad, pad, pad, pad] };
  const filter = tf.randomNormal([size, size, inputs, outputs], 0, 1, "float32", 1);
  const x = tf.randomNormal([images, side, side, inputs], 0, 1, "float32", 2);
  const dy = tf.randomNormal([images, out, out, outputs], 0, 1, "float32", 3);
  let forward: number[] = [];
  let backward: number[] = [];
  const slope = new Float64Array(filter.size);
  for (let first = 0; first < images; first += most) {
    const count = Math.min(most, images - first);
    const part = tf.slice(x, [first, 0, 0, 0], [count, -1, -1, -1]);
    const top = tf.slice(dy, [first, 0, 0, 0], [count, -1, -1, -1]);
    forward = forward.concat([...native("Convolution", [part, filter], geometry, precision)]);
    const shape = part.shape;
    backward = backward.concat([
      ...native("ConvolutionInputGradient", [top, filter], { ...geometry, shape }, precision),
    ]);
    const gradient = native(
      "ConvolutionFilterGradient",
      [part, top],
      { ...geometry, shape: filter.shape },
      precision,
    );
    for (const [i, value] of gradient.entries()) slope[i] = (slope[i] as number) + value;
  }
  return { forward, backward, slope: [...slope] };
}

/** Numbers of this size have sums of `terms` products of normal numbers: their errors grow with its root. */
const scale = (terms: number) => Math.sqrt(terms);

for (const shape of [
  { images: 40, side: 4, inputs: 330, outputs: 320, size: 3, stride: 1 },
  { images: 41, side: 7, inputs: 320, outputs: 330, size: 3, stride: 2 },
]) {
  on(`fp32: products per pixel are ATen's convolution, ${JSON.stringify(shape)}`, (t) => {
    tf.tidy(() => {
      const [ours, atens] = [passes(shape, "fp32", 64), passes(shape, "fp32", 20)];
      const [into, outOf] = [shape.size ** 2 * shape.inputs, shape.size ** 2 * shape.outputs];
      t.is(farthest(ours.forward, atens.forward, 16 * EPSILON32 * into), null);
      t.is(farthest(ours.backward, atens.backward, 16 * EPSILON32 * outOf), null);
      t.is(farthest(ours.slope, atens.slope, 16 * EPSILON32 * shape.images * shape.side ** 2), null);
    });
  });
}

for (const shape of [
  { images: 25, side: 9, inputs: 3, outputs: 20, size: 3, stride: 1 },
  { images: 66, side: 6, inputs: 40, outputs: 33, size: 3, stride: 2 },
  { images: 33, side: 5, inputs: 17, outputs: 70, size: 1, stride: 2 },
]) {
  on(`bf16: convolution by tiles is ATen's within bf16's rounding, ${JSON.stringify(shape)}`, (t) => {
    tf.tidy(() => {
      const [ours, atens] = [passes(shape, "bf16", 128), passes(shape, "bf16", 11)];
      // Sums of some sigma = √terms, seldom above 6 sigma, rounded to 8 bits by either.
      const step = 2 ** -8;
      const [into, outOf] = [shape.size ** 2 * shape.inputs, shape.size ** 2 * shape.outputs];
      t.is(farthest(ours.forward, atens.forward, 6 * step * scale(into)), null);
      t.is(farthest(ours.backward, atens.backward, 6 * step * scale(outOf)), null);
      // ATen rounds the gradient of every part; ours keeps float32.
      t.is(
        farthest(ours.slope, atens.slope, 6 * step * scale(shape.images * shape.side ** 2) * scale(6)),
        null,
      );
    });
  });
}

on("a folded convolution is its plain composition, whether the filter is laid out or not", (t) => {
  tf.tidy(() => {
    for (const stride of [1, 2]) {
      const x = tf.randomNormal([5, 8, 7, 6], 0, 1, "float32", 1) as tf.Tensor4D;
      const filter = tf.randomNormal([3, 3, 6, 9], 0, 1, "float32", 2) as tf.Tensor4D;
      const bias = tf.randomNormal([9], 0, 1, "float32", 3) as tf.Tensor1D;
      const y = ops.convolution(x, filter, stride);
      const residual = tf.randomNormal(y.shape, 0, 1, "float32", 4) as tf.Tensor4D;
      for (const after of [{ stride }, { stride, residual }, { stride, residual, activate: true }]) {
        const plain = ops.foldedConvolutionPlain(x, filter, bias, after).dataSync();
        for (const weights of [filter, ops.inEngineLayout(filter)])
          t.is(
            farthest(ops.foldedConvolution(x, weights, bias, after).dataSync(), plain, 16 * EPSILON32 * 54),
            null,
          );
      }
      t.deepEqual([...ops.inEngineLayout(filter).dataSync()], [...filter.dataSync()]);
    }
  });
});

on("an update moves a filter into its gradient's layout and changes nothing else", (t) => {
  const filter = tf.variable(tf.randomNormal([3, 3, 5, 4], 0, 1, "float32", 1));
  const velocity = tf.variable(tf.zerosLike(filter));
  const kept = tf.clone(filter);
  const before = filter.dataSync();
  const x = tf.randomNormal([30, 6, 6, 5], 0, 1, "float32", 2) as tf.Tensor4D;
  const { grads } = tf.variableGrads(
    () => tf.sum(ops.convolution(x, filter as tf.Tensor4D)) as tf.Scalar,
    [filter],
  );
  const gradient = grads[filter.name] as tf.Tensor;
  const slope = gradient.dataSync();
  ops.sgdUpdate([filter], [velocity], [gradient], { rate: 0.5, momentum: 0.9, decay: 0 });
  const expected = [...before].map((w, i) => Math.fround(w - 0.5 * (slope[i] as number)));
  t.is(farthest(filter.dataSync(), expected, 4 * EPSILON32 * Math.max(...expected.map(Math.abs))), null);
  t.deepEqual([...velocity.dataSync()], [...slope]);
  t.deepEqual([...kept.dataSync()], [...before]);
  // Every other kernel sees it as it is.
  const flat = (runNative("Reshape", [filter], { shape: [180] })[0] as tf.Tensor).dataSync();
  t.deepEqual([...flat], [...filter.dataSync()]);
});

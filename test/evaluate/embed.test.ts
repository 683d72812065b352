import test from "ava";
import { getPolicy, openPolicy } from "../../src/augment/index.js";
import type { ImageStore } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { OutOfMemory } from "../../src/engine/out-of-memory.js";
import { ShrinkingBatch } from "../../src/engine/shrinking-batch.js";
import * as tf from "../../src/engine/tf.js";
import { embedImages, labelledRepresentations } from "../../src/evaluate/index.js";
import { purposes } from "../../src/native/index.js";
import { type Encoder, encoderOf, initialWeights } from "../../src/nn/index.js";
import { farthest } from "../close.js";
import { networkNamed } from "../networks.js";
import { smallStore } from "../train/helpers.js";

const network = networkNamed("resnet9");
const INDICES = Uint32Array.of(7, 3, 21, 0, 39, 12, 5);
let store: ImageStore;

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
  store = await smallStore();
});

const encoder = (layer: string | null = null) =>
  encoderOf(network, initialWeights(network.parameters, 2), { layer });

async function embedded(
  batch: number | ShrinkingBatch,
  made = encoder(),
): Promise<{ rows: number[][]; indices: number[] }> {
  const [rows, indices]: [number[][], number[]] = [[], []];
  const sized = typeof batch === "number" ? new ShrinkingBatch(batch) : batch;
  try {
    for await (const part of embedImages(store, made, INDICES, { imageSize: 16, batch: sized })) {
      t_batches.push(part.indices.length);
      indices.push(...part.indices);
      for (let i = 0; i < part.indices.length; i++)
        rows.push([...part.values.subarray(i * part.dim, (i + 1) * part.dim)]);
    }
    return { rows, indices };
  } finally {
    made.dispose();
  }
}
let t_batches: number[] = [];

test.serial("one row an image, in the order asked for, whatever the batch", async (t) => {
  t_batches = [];
  const three = await embedded(3);
  t.deepEqual(t_batches, [3, 3, 1]);
  t.deepEqual(three.indices, [...INDICES]);
  const whole = await embedded(128);
  // Kernels may add in another order for another batch shape: float32's error over nine layers, values around 1.
  for (const [i, row] of whole.rows.entries())
    t.is(farthest(three.rows[i] as number[], row, 2e-5, 2e-5), null);
  t.is(whole.rows[0]?.length, network.dim);
});

test.serial(
  "where memory runs out, half as many images are encoded at once, and it is told once",
  async (t) => {
    /** An encoder on a device that has no memory for more than `most` images. */
    const cramped = (most: number): Encoder => {
      const made = encoder();
      const embed = (x: tf.Tensor4D) => {
        const y = made.embed(x);
        if (x.shape[0] <= most) return y;
        throw new OutOfMemory("Conv2D", "cpu", { asked: 100, held: 0, free: 0 }, null);
      };
      return { ...made, embed, dispose: () => made.dispose() };
    };
    const whole = await embedded(128);
    const tensors = tf.memory().numTensors;
    const told: string[] = [];
    const batch = new ShrinkingBatch(12, (line) => told.push(line));
    // The same batch again: nothing is tried or told anew.
    for (let call = 0; call < 2; call++) {
      t_batches = [];
      const halved = await embedded(batch, cramped(5));
      t.deepEqual(t_batches, [3, 3, 1]);
      t.deepEqual(halved.indices, [...INDICES]);
      for (const [i, row] of whole.rows.entries())
        t.is(farthest(halved.rows[i] as number[], row, 2e-5, 2e-5), null);
    }
    t_batches = [];
    await embedded(batch, cramped(1));
    t.deepEqual(t_batches, [1, 1, 1, 1, 1, 1, 1]);
    const line = (now: number, before: number) =>
      `Memory is short: images are encoded ${now} at a time from here on, not ${before}.`;
    t.deepEqual(told, [line(3, 12), line(1, 3)]);
    const error = await t.throwsAsync(embedded(7, cramped(0)), { message: /Not enough memory on cpu/ });
    t.like(error, {
      code: "ENGINE",
      hint: "not even one image at a time fits: a smaller --image-size or --arch",
    });
    t.is(tf.memory().numTensors, tensors);
  },
);

test.serial("what is encoded is the plain image: resized, centre-cropped, normalised", async (t) => {
  const { rows } = await embedded(128);
  const made = encoder();
  for (const [i, index] of INDICES.entries()) {
    const { pack, slots, release } = await store.load(Uint32Array.of(index));
    const selection = {
      slots,
      samples: Uint32Array.of(9),
      seed: 99,
      purpose: purposes.evaluation,
      epoch: 4,
      views: 1,
    };
    const pixels = await openPolicy(getPolicy("eval", { imageSize: 16 })).augment(pack, selection);
    release();
    const alone = tf.tidy(() => made.embed(tf.tensor4d(pixels, [1, 16, 16, 3])).dataSync());
    t.is(farthest(rows[i] as number[], alone, 2e-5, 2e-5), null, `image ${index}`);
  }
  made.dispose();
});

test.serial(
  "labels stand beside their rows; a captured layer has its own length; nothing is left behind",
  async (t) => {
    const made = encoder("conv2");
    tf.dispose(made.embed(tf.zeros([1, 16, 16, 3]))); // what its first pass folds is kept
    const tensors = tf.memory().numTensors;
    let last = 0;
    const found = await labelledRepresentations(store, made, INDICES, {
      imageSize: 16,
      batch: new ShrinkingBatch(2),
      onProgress: (done) => {
        last = done;
      },
    });
    t.is(found.dim, 16 * 16 * 64);
    t.is(made.dim, found.dim);
    t.is(found.values.length, INDICES.length * found.dim);
    t.is(last, INDICES.length);
    t.deepEqual(
      found.labels,
      Array.from(INDICES, (index) => store.manifest.entry(index).label),
    );
    t.is(tf.memory().numTensors, tensors);
    made.dispose();
  },
);

test.serial("an abort stops between batches", async (t) => {
  const controller = new AbortController();
  const made = encoder();
  let batches = 0;
  const error = await t.throwsAsync(async () => {
    for await (const _ of embedImages(store, made, INDICES, {
      imageSize: 16,
      batch: new ShrinkingBatch(2),
      signal: controller.signal,
    })) {
      batches += 1;
      controller.abort(new Error("enough"));
    }
  });
  t.is(error?.message, "enough");
  t.is(batches, 1);
  made.dispose();
});

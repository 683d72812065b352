// SimCLR's views from images that stay on the device; prints one row. Peer: peers/gpu_augment_peer.py.
// Arguments: device, precision, image side of the views, views in a batch, seconds.
import { join } from "node:path";
import { getPolicy, openPolicy } from "../../src/augment/index.js";
import { PackWriter } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { TorchImages, torchBackend } from "../../src/engine/torch/torch-images.js";
import { purposes, randomUniform } from "../../src/native/index.js";
import { Ahead } from "../../src/views/index.js";
import { temporaryFolder } from "../../test/gpu/folder.js";
import { median, row } from "./row.js";

const [device, precision, side, count, seconds] = process.argv.slice(2) as [
  string,
  "fp32" | "bf16",
  string,
  string,
  string,
];
const [HEIGHT, WIDTH, IMAGES] = [375, 500, 64];
const size = Number(side);
const views = Number(count);
await openEngine({ engine: "torch", device, precision });
const backend = torchBackend();
if (backend === null) throw new Error("Expected the torch engine.");

const path = join(temporaryFolder(), "pack");
const writer = await PackWriter.create(path);
for (let sample = 0; sample < IMAGES; sample++) {
  const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample, view: 0 };
  const noise = randomUniform(key, new Float32Array(HEIGHT * WIDTH * 3));
  await writer.add(sample, { pixels: Uint8Array.from(noise, (x) => x * 256), height: HEIGHT, width: WIDTH });
}
await writer.finish(
  path,
  "00".repeat(32),
  Uint32Array.from({ length: IMAGES }, (_, index) => index),
);
const images = await TorchImages.open(backend, path);
const policy = openPolicy(getPolicy("simclr", { imageSize: size }));
const slots = Uint32Array.from({ length: views / 2 }, (_, i) => i % IMAGES);
const make = async (epoch: number) => {
  const selection = { slots, samples: slots, seed: 1, purpose: purposes.trainViews, epoch, views: 2 };
  const { chain, request } = policy.request(selection);
  return (await images.views(chain, request)).views;
};
/** One value: what comes back when the views are there. */
const wait = (x: tf.Tensor4D) => tf.tidy(() => tf.slice(x, [0, 0, 0, 0], [1, 1, 1, 1]).dataSync());

const batches = 2000;
const ahead = new Ahead(make, 0, batches, 2);
const times: number[] = [];
let end = Number.POSITIVE_INFINITY;
for (let i = 0; i < batches && performance.now() < end; i++) {
  if (i === 2) end = performance.now() + Number(seconds) * 1000;
  const start = performance.now();
  const made = await ahead.take();
  wait(made);
  made.dispose();
  if (i >= 2) times.push((performance.now() - start) / 1000);
}
await ahead.drop((made) => made.dispose());

// The memory's own speed: a copy of half a gigabyte, read and written.
const bytes = device === "cpu" ? 2 ** 24 : 2 ** 29;
const x = tf.zeros([bytes / 4]);
const copies: number[] = [];
for (let i = 0; i < 8; i++) {
  const start = performance.now();
  const y = tf.add(x, 1);
  tf.tidy(() => tf.slice(y, [0], [1]).dataSync());
  copies.push((performance.now() - start) / 1000);
  y.dispose();
}
const bandwidth = (2 * bytes) / median(copies);
// What no way of making them can do without: the crop's bytes are read (54 % of the area on average, as scale is uniform
// on [0.08, 1]) and the view is written.
const least = 0.54 * HEIGHT * WIDTH * 3 + size * size * 3 * (precision === "bf16" ? 2 : 4);
row({
  row: "views",
  unit: "views/s",
  value: views / median(times),
  n: times.length * views,
  limit: bandwidth / least,
  limitOf: `memory bandwidth (measured: ${(bandwidth / 1e9).toFixed(0)} GB/s) over ${Math.round(least)} bytes a view`,
});

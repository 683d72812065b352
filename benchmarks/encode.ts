// One trial of encoding a batch in a process of its own; prints one JSON line. Peer: peers/encode_peer.py.
// Arguments: engine, precision, seconds.
import { type EngineName, openEngine, type Precision } from "../src/engine/index.js";
import * as tf from "../src/engine/tf.js";
import { purposes, randomNormal } from "../src/native/index.js";
import { buildNetwork, getArchitecture, initialWeights } from "../src/nn/index.js";
import { encoderOf } from "../src/nn/load-encoder.js";
import { productClock } from "./products.js";

const BATCH = 256;
const [engine, precision, seconds] = process.argv.slice(2) as [EngineName, Precision, string];
const session = await openEngine({ engine, device: "cpu", precision });
const network = buildNetwork(getArchitecture("resnet18-cifar"), 32);
const encoder = encoderOf(network, initialWeights(network.parameters, 0));
const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
const pixels = randomNormal(key, new Float32Array(BATCH * 32 * 32 * 3));
const encode = () =>
  tf.tidy(() => encoder.embed(tf.tensor4d(pixels, [BATCH, 32, 32, 3])).dataSync() as Float32Array);
encode();
const clock = productClock(); // the limit is timed inside these very batches; ours holds bias, residual and ReLU, too
const times: number[] = [];
const limits: number[] = [];
const end = performance.now() + Number(seconds) * 1000;
while (performance.now() < end) {
  if (clock !== null) clock.milliseconds = 0;
  const start = performance.now();
  encode();
  times.push(performance.now() - start);
  limits.push(clock?.milliseconds ?? 0);
}
const rate = (list: number[]) => (BATCH * 1000) / (list.sort((a, b) => a - b)[list.length >> 1] as number);
console.log(
  JSON.stringify({
    imagesPerSecond: rate(times),
    limitImagesPerSecond: clock === null ? null : rate(limits),
    batches: times.length,
    engine: session.describe(),
  }),
);
